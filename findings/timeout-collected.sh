#!/bin/sh
# One would guess: `AbortSignal.any([signal, AbortSignal.timeout(ms)])` with a listener on it aborts after so many ms, as
# `AbortSignal.timeout(ms)` alone does: it is how a job's timeout and its worker's shutdown are joined.
# What Node 20.20.2 does: nothing holds the joined signal but the code that made it. If that has only left a listener there,
# the next garbage collection takes signal and listener away, and the timeout never comes: not late, never. A promise that
# was to be rejected by it stays open, and only under load, where memory is collected in time. In Node 24.21.0 it comes.
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >collected.mjs <<'JS'
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shutdown = new AbortController();

/** Work that never ends by itself, given up when the signal says so. */
const givenUp = (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("given up"), { once: true }));

const runs = { alone: "runs", joined: "runs" };
givenUp(AbortSignal.timeout(1000)).then((text) => (runs.alone = text));
givenUp(AbortSignal.any([shutdown.signal, AbortSignal.timeout(1000)])).then((text) => (runs.joined = text));
// What any busy process does by itself.
for (let times = 0; times < 5; times++) {
  await sleep(20);
  globalThis.gc();
}
await sleep(5000);
console.log(JSON.stringify({ node: process.versions.node, ...runs }));
const expected = process.argv[2];
process.exit(runs.alone === "given up" && runs.joined === expected ? 0 : 1);
JS
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node20@npm:node@20.20.2 node24@npm:node@24.21.0
node_modules/node20/bin/node --expose-gc collected.mjs runs
node_modules/node24/bin/node --expose-gc collected.mjs "given up"
