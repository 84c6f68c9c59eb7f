#!/bin/sh
# One would guess: of what waits in a bottleneck with `minTime: 50`, one job each 50 ms, the one of the highest priority is
# next, whenever it came: that is what `priority` is for.
# What bottleneck 2.19.5 does: without `maxConcurrent` nothing waits in the queue. Each job is taken out of it as it comes and
# given the next free moment of the future, and the priority only orders what is in the queue. So the urgent job that comes
# behind a thousand others goes last, as late as without its priority. With `maxConcurrent: 1`, or with a `reservoir` for the
# rate, it goes next; in p-queue 10.0.0 with `intervalCap` as well. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bottleneck@2.19.5 p-queue@10.0.0
cat >urgent.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import Bottleneck from "bottleneck";
import PQueue from "p-queue";

const places = {};
const placeOf = async (name, add) => {
  const order = [];
  const all = Array.from({ length: 10 }, (_, n) => add(() => order.push(n), false));
  await sleep(10);
  await Promise.all([...all, add(() => order.push("urgent"), true)]);
  places[name] = order.indexOf("urgent");
};
const inBottleneck = (options) => {
  const limiter = new Bottleneck(options);
  return (run, urgent) => limiter.schedule({ priority: urgent ? 0 : 9 }, async () => run());
};
await placeOf("minTime", inBottleneck({ minTime: 50 }));
await placeOf("minTime and maxConcurrent", inBottleneck({ minTime: 50, maxConcurrent: 1 }));
const reservoir = { reservoir: 1, reservoirRefreshAmount: 1, reservoirRefreshInterval: 250 };
await placeOf("reservoir", inBottleneck(reservoir));
const queue = new PQueue({ interval: 50, intervalCap: 1 });
await placeOf("p-queue", (run, urgent) => queue.add(async () => run(), { priority: urgent ? 9 : 0 }));
console.log(places);
const { minTime, ...others } = places;
process.exit(minTime === 10 && Object.values(others).every((place) => place > 0 && place < 5) ? 0 : 1);
JS
node urgent.mjs
