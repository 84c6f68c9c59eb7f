#!/bin/sh
# One would guess: after `server.close()` of node:http nothing new is served. Open requests are answered, idle connections
# are closed (since Node 19), and the callback comes once the last answer is out.
# What Node 24.21.0 does: a connection that is busy at that moment stays open after its answer, which still says
# `connection: keep-alive`. A client that keeps it busy, as every pool of connections does under load, has its later requests
# served as if nothing had happened, and the callback waits until the client lets go. So a graceful stop hangs, and work is
# taken on by a process that is told to end. An answer with `connection: close` ends it after one more.
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >close.mjs <<'JS'
import { Agent, createServer, get } from "node:http";

async function served(sayClose) {
  let closing = false;
  let afterClose = 0;
  const server = createServer((_request, response) => {
    if (closing) afterClose++;
    setTimeout(() => {
      if (closing && sayClose) response.setHeader("connection", "close");
      response.end("answer");
    }, 20);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = () =>
    new Promise((resolve) => {
      const request = get({ host: "127.0.0.1", port, agent }, (response) => {
        response.resume().once("end", () => resolve(true));
      });
      request.once("error", () => resolve(false));
    });
  for (let n = 0; n < 3; n++) await ask();
  const open = ask();
  await new Promise((resolve) => setTimeout(resolve, 10));
  closing = true;
  server.close();
  await open;
  for (let n = 0; n < 20 && (await ask()); n++);
  agent.destroy();
  return afterClose;
}

const [silent, told] = [await served(false), await served(true)];
console.log(`requests that arrived after close() and were served: ${silent}; with "connection: close": ${told}`);
if (silent !== 20 || told !== 0) process.exit(1);
JS
node_modules/.bin/node close.mjs
