#!/bin/sh
# One would guess: a long loop of promises that lets the event loop turn every 10 ms (so that timers and sockets get theirs)
# pays for those few turns only, far less than a hundredth.
# What Node 24.21.0 does: V8 marks a big heap bit by bit, as tasks of the event loop, and a loop that never turns lets none
# of them in. So where 200 000 small objects wait in a Map and are taken out one by one, the loop with turns uses about one
# and a half times the CPU of the very same loop without: each turn lets the collector mark what is thrown away soon after.
# (One thread, so that the collector's helpers do not hide it from the figures.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >turns.mjs <<'JS'
const count = 200_000;
const rounds = 9;

async function drain(turns) {
  globalThis.gc();
  const jobs = new Map();
  for (let at = 0; at < count; at++) {
    const id = `job-${at}`;
    jobs.set(id, { at, job: { id, payload: JSON.stringify({ at }), headers: { some: 1 } }, token: 0 });
  }
  const from = process.cpuUsage();
  let turned = performance.now();
  let times = 0;
  for (const [id, { job }] of jobs) {
    const input = JSON.parse(job.payload);
    jobs.delete(id);
    await Promise.resolve(input)
      .then((value) => ({ value }))
      .then(async (result) => [await result, [1, 2, 3, 4, 5, 6, 7, 8]]);
    if (turns && performance.now() - turned > 10) {
      await new Promise((resolve) => setImmediate(resolve));
      turned = performance.now();
      times++;
    }
  }
  const { user, system } = process.cpuUsage(from);
  return { ms: (user + system) / 1000, times };
}

const seen = { without: [], with: [] };
let times = 0;
await drain(false);
await drain(true);
for (let round = 0; round < rounds; round++) {
  for (const turns of round % 2 ? [true, false] : [false, true]) {
    const run = await drain(turns);
    seen[turns ? "with" : "without"].push(run.ms);
    times += run.times;
  }
}
const median = (list) => list.toSorted((one, other) => one - other)[(rounds - 1) / 2];
const ratio = median(seen.with) / median(seen.without);
console.log(
  JSON.stringify({
    node: process.versions.node,
    turnsInEachDrain: Math.round(times / rounds),
    cpuMsWithout: Math.round(median(seen.without)),
    cpuMsWith: Math.round(median(seen.with)),
    ratio: Number(ratio.toFixed(2)),
  }),
);
process.exit(ratio >= 1.2 ? 0 : 1);
JS
node_modules/.bin/node --expose-gc --single-threaded turns.mjs
