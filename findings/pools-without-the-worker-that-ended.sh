#!/bin/sh
# One would guess: a task that ends its thread (a library in it calls `process.exit(1)`, which ends the thread only) rejects with an
# error, and the pool begins a new thread for the others: they are what a pool is for, and piscina 5.3.2 does both.
# What tinypool 2.2.0 does: that task's promise stays open for ever, its place stays taken, and no task after it ever starts.
# What poolifier 5.3.2 does: that task, and each one that its thread had in hand or before it, stays open for ever; later ones run.
# What workerpool 10.0.3 does: the task rejects, and those behind it start only when somebody hands in another one. As nothing runs until
# then, the process of a batch ends in its middle: with the exit code 0 where the batch is in an async function, and no word of the tasks
# that were never begun. (piscina; or a timeout around each task, that is more than its work needs.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 piscina@5.3.2 tinypool@2.2.0 poolifier@5.3.2 workerpool@10.0.3
cat >work.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
export default async (job) => {
  await sleep(100);
  if (job === "ends its thread") process.exit(1);
  return "done";
};
JS
cat >poolifier.mjs <<'JS'
import { ThreadWorker } from "poolifier";
import work from "./work.mjs";
export default new ThreadWorker(work);
JS
cat >workerpool.mjs <<'JS'
import workerpool from "workerpool";
import work from "./work.mjs";
workerpool.worker({ work });
JS
cat >pools.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { Piscina } from "piscina";
import { FixedThreadPool } from "poolifier";
import { Tinypool } from "tinypool";
import workerpool from "workerpool";
const path = (name) => new URL(name, import.meta.url).pathname;
const one = { filename: path("work.mjs"), minThreads: 1, maxThreads: 1 };
const piscina = new Piscina(one);
const tinypool = new Tinypool(one);
const tasksQueueOptions = { concurrency: 1 };
const poolifier = new FixedThreadPool(1, path("poolifier.mjs"), { enableTasksQueue: true, tasksQueueOptions });
const workers = workerpool.pool(path("workerpool.mjs"), { maxWorkers: 1, workerType: "thread" });
const seen = {};
for (const [name, run] of Object.entries({
  piscina: (job) => piscina.run(job),
  tinypool: (job) => tinypool.run(job),
  poolifier: (job) => poolifier.execute(job),
  workerpool: (job) => workers.exec("work", [job]),
})) {
  const states = {};
  const hand = (job) => {
    states[job] = "open";
    const tell = (state) => () => void (states[job] = state);
    run(job).then(tell("done"), tell("rejected"));
  };
  for (const job of ["ends its thread", "second", "third"]) hand(job);
  await sleep(4000);
  const before = Object.values(states).join(" ");
  hand("later");
  await sleep(4000);
  seen[name] = { before, withAnother: Object.values(states).join(" ") };
}
console.log(seen);
const text = Object.values(seen).map(({ before, withAnother }) => `${before} / ${withAnother}`);
const fits = [
  "rejected done done / rejected done done done",
  "open open open / open open open open",
  "open open open / open open open done",
  "rejected open open / rejected done done done",
];
process.exit(text.join() === fits.join() ? 0 : 1);
JS
cat >batch.mjs <<'JS'
import workerpool from "workerpool";
const workers = workerpool.pool(new URL("workerpool.mjs", import.meta.url).pathname, { maxWorkers: 1, workerType: "thread" });
async function main() {
  const results = await Promise.allSettled(["first", "ends its thread", "third"].map((job) => workers.exec("work", [job])));
  console.log(results.map(({ status }) => status));
  await workers.terminate();
}
main();
JS
timeout 100 node_modules/.bin/node pools.mjs
said=$(timeout 60 node_modules/.bin/node batch.mjs)
echo "the batch ended with 0 and said: '$said'"
[ -z "$said" ]
