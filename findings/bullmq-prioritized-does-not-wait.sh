#!/bin/sh
# One would guess: BullMQ's `getWaitingCount()`, and `getJobCounts("waiting", "active", "delayed")`, count the jobs that wait
# to be run: what a dashboard shows, and what workers are scaled by.
# What BullMQ 6.7.0 does: a job with a priority is in no state of these but "prioritized", and `getWaiting()` has none of
# them. The queue that is given its first priorities, all of them perhaps, has 0 waiting for a backlog of a hundred: the alert
# is silent and the scaler takes the workers away. (`queue.count()`, or "prioritized" among the names.) Exits non-zero once
# that has changed. Needs Debian or a child of it.
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
cat >counts.mjs <<'JS'
import { Queue } from "bullmq";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]), maxRetriesPerRequest: null };
const seen = {};
for (const [name, options] of Object.entries({ without: {}, with: { priority: 5 } })) {
  const queue = new Queue(name, { connection });
  for (let job = 1; job <= 100; job++) await queue.add("mail", {}, options);
  seen[name] = {
    waitingCount: await queue.getWaitingCount(),
    waiting: (await queue.getWaiting()).length,
    ...(await queue.getJobCounts("waiting", "active", "delayed")),
    count: await queue.count(),
    prioritized: await queue.getPrioritizedCount(),
  };
  await queue.close();
}
console.log(seen);
const is = ({ waitingCount, waiting, active, delayed, count }, expected) =>
  waitingCount + active + delayed === expected && waiting === expected && count === 100;
process.exit(is(seen.without, 100) && is(seen.with, 0) && seen.with.prioritized === 100 ? 0 : 1);
JS
node counts.mjs "$port"
