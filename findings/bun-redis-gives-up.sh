#!/bin/sh
# One would guess: Bun's own client of Redis, which connects again by itself (`autoReconnect` is true), does so until the server is back,
# as ioredis and node-redis do; and if it ever ends, the next command opens a new connection, as the first one did.
# What Bun 1.4.5 does: it tries ten times (`maxRetries`), which takes some thirty seconds, and is broken for good: each command
# of the process fails with "Connection has failed" from then on, also hours after the server is back, and only `connect()`, which
# nobody had to call before, would help. Up to then commands wait and say nothing. So a server that restarts in twenty
# seconds is as guessed, and one that takes a minute needs each process restarted by hand. (`maxRetries` of some millions, or
# `connect()` in `onclose`.) Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
start() {
  redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
  server=$!
  until redis-cli -p "$port" ping >/dev/null 2>&1; do
    kill -0 "$server"
    sleep 0.1
  done
}
cat >client.mjs <<'JS'
import { existsSync, writeFileSync } from "node:fs";
import { RedisClient } from "bun";
const url = `redis://127.0.0.1:${process.argv[2]}`;
const [client, patient] = [new RedisClient(url), new RedisClient(url, { maxRetries: 1_000_000 })];
const ask = (one) => {
  const answer = one.ping().catch(({ message }) => message);
  return Promise.race([answer, Bun.sleep(10_000).then(() => "waits")]);
};
const both = async () => ({ byDefault: await ask(client), patient: await ask(patient) });
const step = async (name) => {
  writeFileSync(`${name}.done`, "");
  while (!existsSync(`${name}.go`)) await Bun.sleep(100);
};
const seen = { before: await both() };
await step("before");
seen.back = await both();
await step("back");
seen.longer = await both();
await client.connect();
seen.connected = await both();
console.log(seen);
const well = ["before", "back", "connected"].every((time) => seen[time].byDefault === "PONG");
const forEver = Object.values(seen).every(({ patient }) => patient === "PONG");
process.exit(well && forEver && seen.longer.byDefault === "Connection has failed" ? 0 : 1);
JS
start
timeout 200 node_modules/.bin/bun client.mjs "$port" &
client=$!
# An outage of seconds, then one of a minute.
for outage in before,5 back,60; do
  until [ -e "${outage%,*}.done" ]; do
    kill -0 "$client"
    sleep 0.1
  done
  kill "$server"
  wait "$server" || true
  sleep "${outage#*,}"
  start
  sleep 5
  touch "${outage%,*}.go"
done
wait "$client"
