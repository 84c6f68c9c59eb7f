#!/bin/sh
# One would guess: a queue that runs one task at a time, with a timeout for each, starts the next task when the last has
# ended, whatever its timeout said to the caller; and what waits for the queue to be idle waits for all work to end.
# What p-queue 9.3.5, bottleneck 2.19.5 and opossum 9.0.0 do: the timeout rejects the caller's promise and gives the place
# away while the task goes on. So with `concurrency: 1`, `maxConcurrent: 1` and `capacity: 1` every task that is slower than
# its timeout runs beside the next ones, the more the slower the world is, and p-queue's `onIdle()` resolves while they
# still run, so that a shutdown cuts them. (Here five tasks of one second each with a timeout of 50 ms.) Exits non-zero once
# that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-queue@9.3.5 bottleneck@2.19.5 opossum@9.0.0
cat >limits.mjs <<'JS'
import Bottleneck from "bottleneck";
import CircuitBreaker from "opossum";
import PQueue from "p-queue";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const asked = [1, 2, 3, 4, 5];

function counted() {
  const seen = { most: 0, running: 0 };
  return {
    seen,
    async task() {
      seen.most = Math.max(seen.most, ++seen.running);
      await sleep(1000);
      seen.running--;
    },
  };
}

const first = counted();
const queue = new PQueue({ concurrency: 1, timeout: 50 });
for (const _ of asked) queue.add(first.task).catch(() => {});
await queue.onIdle();
const idleWhileRunning = first.seen.running;

const second = counted();
const limiter = new Bottleneck({ maxConcurrent: 1 });
await Promise.allSettled(asked.map(() => limiter.schedule({ expiration: 50 }, second.task)));

const third = counted();
const breaker = new CircuitBreaker(third.task, { capacity: 1, timeout: 50, volumeThreshold: 100 });
for (const _ of asked) await breaker.fire().catch(() => {});

const seen = {
  "p-queue": first.seen.most,
  bottleneck: second.seen.most,
  opossum: third.seen.most,
  idleWhileRunning,
};
console.log(JSON.stringify(seen));
process.exit(Object.values(seen).every((most) => most > 1) ? 0 : 1);
JS
node limits.mjs
