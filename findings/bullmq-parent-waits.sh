#!/bin/sh
# One would guess: where a child of a BullMQ flow fails for good, its parent fails, too, or runs without its result: somebody learns
# that the report of which one page is missing will not come.
# What BullMQ 6.7.0 does: neither. The parent stays in `waiting-children` for as long as Redis keeps it, is not among the failed
# ones, no event of it comes, and its own attempts and backoff say nothing about it: ten flows a day that fail are ten
# jobs a day that wait for ever. (`failParentOnFailure` or one of its three likes, at each child.) Exits non-zero once that
# has changed. Needs Debian or a child of it.
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
cat >flow.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]) };
const [queue, flows, events] = [new Queue("jobs", { connection }), new FlowProducer({ connection }), new QueueEvents("jobs", { connection })];
await events.waitUntilReady();
const failed = [];
events.on("failed", ({ jobId }) => failed.push(jobId));
const work = async ({ name }) => {
  if (name === "page that is gone") throw new Error("404");
};
const worker = new Worker("jobs", work, { connection });
const child = (name, opts) => ({ name, queueName: "jobs", opts });
const stateOf = async (opts) => {
  const children = [child("page"), child("page that is gone", opts)];
  const flow = await flows.add({ name: "report", queueName: "jobs", children });
  const [id, gone] = [flow.job.id, flow.children[1].job.id];
  for (let tries = 0; tries < 100 && !failed.includes(gone); tries++) await sleep(100);
  for (let tries = 0; tries < 50 && !failed.includes(id); tries++) await sleep(100);
  return { state: await queue.getJobState(id), told: failed.includes(id) };
};
const byDefault = await stateOf({});
const asked = await stateOf({ failParentOnFailure: true });
console.log({ byDefault, asked });
for (const one of [worker, events, flows, queue]) await one.close();
process.exit(byDefault.state === "waiting-children" && !byDefault.told && asked.state === "failed" && asked.told ? 0 : 1);
JS
node flow.mjs "$port"
