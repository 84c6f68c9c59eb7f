#!/bin/sh
# One would guess: in BullMQ, where 1 is the highest priority, a job of priority 1 goes before a job that was given none,
# which has some priority in the middle, or the lowest.
# What BullMQ 6.7.0 does: a job without a priority goes before every job with one, however urgent. So the first job that is
# marked as urgent, in a queue whose other jobs are as they always were, is the last to run, and while ordinary jobs keep
# coming it never does. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@5.8.2
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >priority.mjs <<'JS'
import { Queue, Worker } from "bullmq";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]), maxRetriesPerRequest: null };
const queue = new Queue("mails", { connection });
await queue.add("urgent", {}, { priority: 1 });
for (let at = 0; at < 3; at++) await queue.add("newsletter", {});

// Each ordinary job brings one more of its kind, ten times.
const order = [];
let ended;
const all = new Promise((resolve) => (ended = resolve));
const run = async ({ name }) => {
  order.push(name);
  if (name === "urgent") return ended();
  if (order.length <= 10) await queue.add("newsletter", {});
};
const worker = new Worker("mails", run, { connection, concurrency: 1 });
await all;
await worker.close();
await queue.close();
console.log(JSON.stringify({ jobs: order.length, urgentAsNumber: order.indexOf("urgent") + 1 }));
process.exit(order.length === 14 && order.at(-1) === "urgent" ? 0 : 1);
JS
node priority.mjs "$port"
