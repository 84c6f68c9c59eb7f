#!/bin/sh
# One would guess: a queue in memory that is emptied at a shutdown (`clear`, `clearQueue`, `kill`, `remove`) rejects the promises of
# what it drops, as an aborted fetch does, so that whoever waits for a task learns that it will not run.
# What p-queue 9.3.5, p-limit 7.3.3, fastq 1.20.3 and async 3.2.6 do: the dropped tasks' promises stay open for ever. A request
# whose answer waits for one hangs, a `finally` behind it never closes its connection, and `onIdle` and `drained` resolve
# meanwhile, as if all was done. bottleneck 2.19.5 rejects them at `stop`. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-queue@9.3.5 p-limit@7.3.3 fastq@1.20.3 async@3.2.6 bottleneck@2.19.5
cat >clear.mjs <<'JS'
import async from "async";
import Bottleneck from "bottleneck";
import fastq from "fastq";
import pLimit from "p-limit";
import PQueue from "p-queue";
import { setTimeout as sleep } from "node:timers/promises";

const fate = (task) => {
  const ended = task.then(
    () => "ran",
    () => "rejected",
  );
  return Promise.race([ended, sleep(1_000).then(() => "open")]);
};
/** One task runs for 20 ms, a second one waits behind it and is dropped. */
const of = {
  "p-queue clear": () => {
    const queue = new PQueue({ concurrency: 1 });
    queue.add(() => sleep(20));
    const second = queue.add(() => {});
    queue.clear();
    return { second, idle: queue.onIdle() };
  },
  "p-limit clearQueue": () => {
    const limit = pLimit(1);
    limit(() => sleep(20));
    const second = limit(() => {});
    limit.clearQueue();
    return { second };
  },
  "fastq kill": () => {
    const queue = fastq.promise((ms) => sleep(ms), 1);
    queue.push(20);
    const second = queue.push(0);
    queue.kill();
    return { second, idle: queue.drained() };
  },
  "async remove": () => {
    const queue = async.queue(async (ms) => sleep(ms), 1);
    queue.push(20);
    const second = queue.pushAsync(0);
    queue.remove(() => true);
    return { second };
  },
  "bottleneck stop": () => {
    const limiter = new Bottleneck({ maxConcurrent: 1 });
    limiter.schedule(() => sleep(20)).catch(() => {}); // stopped before it begins
    const second = limiter.schedule(async () => {});
    second.catch(() => {});
    limiter.stop({ dropWaitingJobs: true });
    return { second };
  },
};
const seen = {};
for (const [way, drop] of Object.entries(of)) {
  const { second, idle } = drop();
  seen[way] = [await fate(second), ...(idle ? [`idle: ${await fate(idle)}`] : [])].join(", ");
}
console.log(seen);
const open = ["open, idle: ran", "open", "open, idle: ran", "open", "rejected"];
process.exit(Object.values(seen).every((value, at) => value === open[at]) ? 0 : 1);
JS
node clear.mjs
