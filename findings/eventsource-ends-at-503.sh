#!/bin/sh
# One would guess: an EventSource connects again by itself until it is closed: a page or a worker that listens for events
# comes through a deploy.
# What eventsource 5.1.5 and undici 8.13.1 do (as browsers' standard says): a connection that breaks is made again, an answer
# of another status than 200 is the end. One 503 of a proxy in the seconds when nothing stands behind it, and `readyState`
# is CLOSED for good: no later attempt, and all that is told is one more `error` event of the kind that each lost connection
# has, too. (A new EventSource where an error finds `readyState` 2.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 eventsource@5.1.5 undici@8.13.1
cat >deploy.mjs <<'JS'
import { createServer } from "node:http";
import { EventSource } from "eventsource";
import { EventSource as UndiciEventSource } from "undici";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// The first connection gives one event and breaks, as does every one but the second, which the proxy answers.
const watch = async (Source, second) => {
  let asked = 0;
  const server = createServer((_, response) => {
    if (++asked === 2 && second === "503") return void response.writeHead(503).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`retry: 50\n\nid: ${asked}\ndata: event\n\n`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source = new Source(`http://127.0.0.1:${server.address().port}`);
  const kinds = new Set();
  let closed = false;
  source.addEventListener("error", ({ type }) => {
    kinds.add(type);
    closed = source.readyState === 2;
  });
  // Many times `retry`; until the fifth connection, where it comes.
  for (let turn = 0; turn < 200 && asked < 5; turn++) await sleep(50);
  source.close();
  server.closeAllConnections();
  server.close();
  return `${asked >= 5 ? "connects again and again" : `${asked} connections`}, ${closed ? "closed" : "open"}, ${[...kinds]}`;
};
const seen = {};
for (const [name, Source] of Object.entries({ eventsource: EventSource, undici: UndiciEventSource })) {
  seen[name] = { breaks: await watch(Source, "breaks"), "503": await watch(Source, "503") };
}
console.log(seen);
const expected = { breaks: "connects again and again, open, error", "503": "2 connections, closed, error" };
process.exit(Object.values(seen).every((one) => one.breaks === expected.breaks && one["503"] === expected["503"]) ? 0 : 1);
JS
node_modules/.bin/node deploy.mjs 2>&1
