#!/bin/sh
# One would guess: a Redis that has reached its `maxmemory`, with `noeviction` as queues want it, refuses new jobs and lets the workers
# have the old ones: they make room, and after an outage of the workers the queue is back by itself when they are.
# What BullMQ 6.7.0 and bee-queue 2.0.0 with Redis 7.0 do: a worker takes a job by moving it to the list of those that run, and to move
# something wants memory, as to add something does. So no job is taken, no room is made, and the queue stands until somebody gives it more
# memory; BullMQ's worker asks again at once, some thousand times a second. (`RPOP`, and `XREADGROUP`, `XACK` and `XDEL` of a stream,
# go on as guessed.) And whoever tidies up by hand in a MULTI is refused, too: within it, Redis takes not even DEL or LLEN.
# (`CONFIG SET maxmemory`; and a limit for the producers, below that of the server.) Exits non-zero once that has changed. Needs Debian
# or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 bullmq@6.7.0 bee-queue@2.0.0 ioredis@6.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --maxmemory 8mb --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >full.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import BeeQueue from "bee-queue";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]) };
const redis = new Redis(connection);
const data = { text: "x".repeat(1000) };
const OOM = "OOM command not allowed";
/** Adds until Redis refuses it; answers how many there are. */
const fill = async (add) => {
  for (let count = 0; ; count++) {
    try {
      await add();
    } catch ({ message }) {
      if (!message.startsWith(OOM)) throw new Error(message);
      return count;
    }
  }
};
const seen = {};

const queue = new Queue("jobs", { connection });
seen.bullmq = { waiting: await fill(() => queue.add("job", data)), done: 0, errors: 0 };
const worker = new Worker("jobs", async () => void seen.bullmq.done++, { connection, removeOnComplete: { count: 0 } });
worker.on("error", ({ message }) => (seen.bullmq.errors += message.startsWith(OOM) ? 1 : 0));
await sleep(3000);
const { done } = seen.bullmq;
await redis.config("SET", "maxmemory", "64mb");
for (let tries = 0; tries < 300 && seen.bullmq.done < seen.bullmq.waiting; tries++) await sleep(100);
Object.assign(seen.bullmq, { done, doneWithMoreMemory: seen.bullmq.done });
await worker.close();
await queue.close();

await redis.flushall();
await redis.config("SET", "maxmemory", "8mb");
const bee = new BeeQueue("jobs", { redis: connection, removeOnSuccess: true });
bee.on("error", () => undefined);
seen.bee = { waiting: await fill(() => bee.createJob(data).save()), done: 0 };
bee.process(async () => void seen.bee.done++);
await sleep(3000);

await redis.flushall();
await redis.xgroup("CREATE", "stream", "workers", "$", "MKSTREAM");
seen.stream = { waiting: await fill(() => redis.xadd("stream", "*", "text", data.text)), done: 0 };
for (;;) {
  const answer = await redis.xreadgroup("GROUP", "workers", "one", "COUNT", 100, "STREAMS", "stream", ">");
  if (!answer) break;
  const ids = answer[0][1].map(([id]) => id);
  await redis.xack("stream", "workers", ...ids);
  seen.stream.done += await redis.xdel("stream", ...ids);
}

await redis.flushall();
await fill(() => redis.lpush("list", data.text));
const inMulti = (call) => call(redis.multi()).exec().then(() => "done", ({ message }) => message.split(" ")[0]);
seen.inMulti = { llen: await inMulti((multi) => multi.llen("list")), del: await inMulti((multi) => multi.del("list")) };
seen.rpop = (await redis.rpop("list")) === data.text;
console.log(seen);
const { bullmq, stream, inMulti: both } = seen;
const free = stream.done === stream.waiting && seen.rpop && both.llen === "EXECABORT" && both.del === "EXECABORT";
const stood = bullmq.done === 0 && bullmq.errors > 100 && bullmq.doneWithMoreMemory === bullmq.waiting;
process.exit(stood && seen.bee.waiting > 1000 && seen.bee.done === 0 && free ? 0 : 1);
JS
timeout 100 node_modules/.bin/node full.mjs "$port"
