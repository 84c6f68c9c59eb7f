#!/bin/sh
# One would guess: a job that node-resque is given with `enqueueIn(900, …)`, in milliseconds, runs in 900 ms at the earliest: late when
# there is much to do, never early. And the same one a moment later is a second job.
# What node-resque 9.7.1 does: it rounds both that time and the present to whole seconds, so a job runs up to a second before it is
# due. Here most of those that were asked for in 0.9 s run too early, some of them at once: the pause between two calls of a service
# that allows one a second is none at all. And of one class and one list of arguments there is only one for a second: the next
# `enqueueIn` that comes to the same second throws. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 node-resque@9.7.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >early.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Scheduler, Worker } from "node-resque";
const connection = { pkg: "ioredis", host: "127.0.0.1", port: Number(process.argv[2]), database: 0, options: {} };
const early = [];
const jobs = { call: { perform: async ({ due }) => void early.push(due - Date.now()) } };
const queue = new Queue({ connection }, jobs);
const worker = new Worker({ connection, queues: ["calls"], timeout: 20 }, jobs);
const scheduler = new Scheduler({ connection, timeout: 20 });
for (const one of [queue, worker, scheduler]) await one.connect();
for (const one of [worker, scheduler]) await one.start();
// One each 100 ms, so that they begin at all parts of a second.
for (let n = 0; n < 20; n++) {
  await queue.enqueueIn(900, "calls", "call", [{ due: Date.now() + 900 }]);
  await sleep(100);
}
for (let tries = 0; tries < 100 && early.length < 20; tries++) await sleep(100);
// The same twice, an hour from now.
const later = Date.now() + 3_600_000;
const again = () => queue.enqueueAt(later, "calls", "call", [{ due: 0 }]);
await again();
const second = await again().then(() => "a second job", ({ message }) => message);
for (const one of [worker, scheduler, queue]) await one.end();
const before = early.filter((ms) => ms > 100);
console.log({ ran: early.length, early: before.length, most: `${Math.max(...early)} ms` }, second);
process.exit(early.length === 20 && before.length >= 5 && Math.max(...early) > 400 && /already enqueued at this time/.test(second) ? 0 : 1);
JS
timeout 100 node_modules/.bin/node early.mjs "$port"
