#!/bin/sh
# One would guess: a job that bottleneck is told to try again in a while (its "failed" listener answers a delay) waits
# outside, as a delayed job does, and its place is free for the others meanwhile.
# What bottleneck 2.19.5 does: the wait is part of the run. With `maxConcurrent: 1` one job whose retry is due in a minute
# stops the whole limiter for that minute, with ten places ten such jobs do: nothing runs, and nothing waits for anything
# but time. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bottleneck@2.19.5
cat >hold.mjs <<'JS'
import Bottleneck from "bottleneck";
const limiter = new Bottleneck({ maxConcurrent: 1 });
limiter.on("failed", (_error, { retryCount }) => (retryCount === 0 ? 3000 : undefined));
const order = [];
const bad = async () => {
  order.push("bad");
  throw new Error("away");
};
const good = async () => order.push("good");
await Promise.allSettled([limiter.schedule(bad), limiter.schedule(good), limiter.schedule(good)]);
console.log(JSON.stringify({ order }));
process.exit(order.join() === "bad,bad,good,good" ? 0 : 1);
JS
node hold.mjs
