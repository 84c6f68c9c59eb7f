#!/bin/sh
# One would guess: agenda's lock on a job, ten minutes unless told otherwise, is for the case that its process dies. While that lives
# and works on the job it holds the lock, as BullMQ's and SQS' consumers do; it knows what it runs, and will not start it twice itself.
# What agenda 6.2.6 does: nothing renews the lock but `job.touch()` in the handler. After it the same process starts the job a second
# time beside the first, and a third: a report of half an hour is made by three at once, each of which makes the others slower.
# An event `error` says that the first was "canceled", which it was not: it is told nothing, runs to its end, and all three do.
# (`touch()` within each `lockLifetime`.) Here with a lock of a second. Exits non-zero once that has changed. Needs Debian or a
# child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 agenda@6.2.6 @agendajs/redis-backend@3.0.7
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >lock.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { RedisBackend } from "@agendajs/redis-backend";
import { Agenda } from "agenda";
const backend = new RedisBackend({ connectionString: `redis://127.0.0.1:${process.argv[2]}` });
const agenda = new Agenda({ backend, processEvery: 200 });
let canceled = 0;
agenda.on("error", ({ message }) => {
  if (message.includes("canceled")) canceled++;
});
const counts = {};
const report = async (job) => {
  const count = (counts[job.attrs.name] ??= { started: 0, atOnce: 0, running: 0, ended: 0 });
  count.started++;
  count.atOnce = Math.max(count.atOnce, ++count.running);
  // Three and a half times the lock.
  for (let part = 0; part < 7; part++) {
    await sleep(500);
    if (job.attrs.name === "touched") await job.touch();
  }
  count.running--;
  count.ended++;
};
for (const name of ["report", "touched"]) agenda.define(name, report, { lockLifetime: 1000 });
await agenda.start();
for (const name of ["report", "touched"]) await agenda.now(name, {});
await sleep(4000);
for (let tries = 0; tries < 100 && Object.values(counts).some(({ running }) => running > 0); tries++) await sleep(100);
console.log(counts, { canceled });
const { report: alone, touched } = counts;
const beside = alone.started >= 2 && alone.atOnce >= 2 && alone.ended === alone.started && canceled > 0;
process.exit(beside && touched.started === 1 && touched.ended === 1 ? 0 : 1);
JS
timeout 100 node_modules/.bin/node lock.mjs "$port"
