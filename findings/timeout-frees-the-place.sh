#!/bin/sh
# One would guess: with a concurrency of 1 there is one task at a time, whatever happens to it. A timeout rejects the promise, and
# as nothing in JavaScript stops a function from outside, its place stays taken until it has really ended.
# What p-queue 9.3.5 (`timeout`), bottleneck 2.19.5 (`expiration`) and async 3.2.6 (`timeout` around the worker) do: they give the
# place to the next at once. A database that answers in 200 ms instead of 20 gets five queries at a time from a queue of one,
# and the slower it becomes the more there are: the limit that should protect it ends when it is needed. p-limit has no timeout,
# so that a slow task holds the others. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-queue@9.3.5 bottleneck@2.19.5 async@3.2.6 p-limit@7.3.3
cat >places.mjs <<'JS'
import async from "async";
import Bottleneck from "bottleneck";
import pLimit from "p-limit";
import PQueue from "p-queue";
import { setTimeout as sleep } from "node:timers/promises";

/** Five tasks of 400 ms in a queue of one that waits 20 ms for each: how many run at a time, at most. */
async function most(add) {
  let running = 0;
  let peak = 0;
  let ended = 0;
  const task = async () => {
    peak = Math.max(peak, ++running);
    await sleep(400);
    running--;
    ended++;
  };
  await Promise.allSettled([1, 2, 3, 4, 5].map(() => add(task)));
  while (ended < 5) await sleep(20);
  return peak;
}
const queue = new PQueue({ concurrency: 1, timeout: 20 });
const limiter = new Bottleneck({ maxConcurrent: 1 });
const worker = async.queue(
  async.timeout(async (task) => task(), 20),
  1,
);
const limit = pLimit(1);
const seen = {
  "p-queue timeout": await most((task) => queue.add(task)),
  "bottleneck expiration": await most((task) => limiter.schedule({ expiration: 20 }, task)),
  "async timeout": await most((task) => worker.pushAsync(task)),
  "p-limit": await most((task) => limit(task)),
};
console.log(seen);
const [first, second, third, last] = Object.values(seen);
process.exit(first === 5 && second === 5 && third === 5 && last === 1 ? 0 : 1);
JS
node places.mjs
