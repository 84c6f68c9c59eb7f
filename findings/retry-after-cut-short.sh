#!/bin/sh
# One would guess: undici's `RetryAgent`, which reads `Retry-After`, waits for as long as the server asks, or gives up if that
# is too long for it; and where no try succeeds, the caller has the last answer, with its status and headers.
# What undici 8.13.1 does: it cuts the wait at `maxTimeout`, 30 s unless told otherwise. A server that answers 429 and asks
# for 40 seconds is called again after 30, and is right to refuse that, too; one that asks for an hour spends all tries within
# minutes. At the end there is no answer but a RequestRetryError. (A `maxTimeout` above what the server asks, or a job of its
# own that is due at that time.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund undici@8.13.1 node@24.21.0
npm rebuild --silent node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >retry.mjs <<'JS'
import { createServer } from "node:http";
import { once } from "node:events";
import { Agent, request, RetryAgent } from "undici";
const asked = [];
const server = createServer((_request, response) => {
  asked.push(performance.now());
  response.writeHead(429, { "retry-after": "40" }).end();
}).listen(0, "127.0.0.1");
await once(server, "listening");
const dispatcher = new RetryAgent(new Agent(), { maxRetries: 1 });
const error = await request(`http://127.0.0.1:${server.address().port}`, { dispatcher }).then(
  ({ statusCode }) => statusCode,
  ({ name }) => name,
);
const seconds = Math.round((asked[1] - asked[0]) / 1000);
console.log({ asked: asked.length, seconds, error });
process.exit(asked.length === 2 && seconds < 38 && error === "RequestRetryError" ? 0 : 1);
JS
node_modules/.bin/node retry.mjs
