#!/bin/sh
# One would guess: with ioredis' `commandTimeout` a command that was not even sent (the server is away) is dropped as its
# promise rejects: the enqueue failed, and whoever tries again, or asks another server, makes one job.
# What ioredis 6.0.0 does: the promise rejects with "Command timed out", and the command stays in the queue of what is to be
# sent. When the server is back, seconds or hours later, it is carried out, and so is each of its repetitions: here three
# tries that all failed are three jobs. node-redis 6.3.1 takes a timed out command from its queue: none. Exits non-zero once
# that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
client=
trap 'for one in $server $client; do kill "$one" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@6.0.0 redis@6.3.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
cat >later.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { Redis } from "ioredis";
import { createClient } from "redis";

const port = Number(process.argv[2]);
const one = new Redis({ host: "127.0.0.1", port, commandTimeout: 2000, maxRetriesPerRequest: null, retryStrategy: () => 200 });
const other = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 200 } });
for (const client of [one, other]) client.on("error", () => {});
other.connect();

const told = [];
for (let tries = 0; tries < 3; tries++) {
  told.push(await one.lpush("by-ioredis", "job").catch((error) => error.message));
  const signal = AbortSignal.timeout(2000);
  told.push(await other.withAbortSignal(signal).lPush("by-node-redis", "job").catch(() => "aborted"));
}
writeFileSync("tried", "");
const ready = (client) => new Promise((resolve) => client.once("ready", resolve));
await Promise.all([ready(one), ready(other)]);
const jobs = { ioredis: await one.llen("by-ioredis"), "node-redis": await other.lLen("by-node-redis") };
console.log(JSON.stringify({ told: [...new Set(told)], jobs }));
const failed = told.every((text) => text === "Command timed out" || text === "aborted");
process.exit(failed && jobs.ioredis === 3 && jobs["node-redis"] === 0 ? 0 : 1);
JS
node later.mjs "$port" &
client=$!
until [ -e tried ]; do
  kill -0 "$client"
  sleep 1
done
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
wait "$client"
