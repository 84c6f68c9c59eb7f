#!/bin/sh
# One would guess: `job.retry()` of a failed BullMQ job, or `queue.retryJobs()` for all of them after an outage, starts it anew: it has
# its `attempts: 3` with their backoff again, as it had them when it was added.
# What BullMQ 6.7.0 does: the attempts that it has used stay used, so that it is given one try, at once. Whoever retries a thousand
# jobs a minute before the mail server is really back has a thousand failed jobs again, none of which waits or tries a second time,
# although each says "attempts: 3, backoff: exponential". (`job.retry("failed", { resetAttemptsMade: true })`; `retryJobs` has no such
# option.) Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >retry.mjs <<'JS'
import { Queue, QueueEvents, Worker } from "bullmq";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]) };
const [queue, events] = [new Queue("jobs", { connection }), new QueueEvents("jobs", { connection })];
await events.waitUntilReady();
let runs = 0;
const work = async () => {
  runs++;
  throw new Error("down");
};
const worker = new Worker("jobs", work, { connection });
// It comes once a job has failed and has no further try.
const failed = () => new Promise((resolve) => events.once("retries-exhausted", resolve));
const runsOf = async (start) => {
  runs = 0;
  const end = failed();
  await start();
  await end;
  return runs;
};
const options = { attempts: 3, backoff: { type: "exponential", delay: 50 } };
const added = await runsOf(() => queue.add("mail", {}, options));
const [job] = await queue.getFailed();
const retried = await runsOf(() => job.retry());
const allRetried = await runsOf(() => queue.retryJobs());
const reset = await runsOf(() => job.retry("failed", { resetAttemptsMade: true }));
const seen = { added, retried, allRetried, reset };
console.log("runs:", seen);
for (const one of [worker, events, queue]) await one.close();
process.exit(Object.values(seen).join() === "3,1,1,3" ? 0 : 1);
JS
timeout 100 node retry.mjs "$port"
