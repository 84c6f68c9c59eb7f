#!/bin/sh
# One would guess: `await Promise.race([job(), stopped])` in a worker's loop, with `stopped` the one promise of the
# shutdown, leaves nothing behind: when a round is over its promises and the job's result are garbage.
# What Node 24.21.0 does (and the language asks for): every race adds its own listener to `stopped`, none can be taken away,
# and each holds the race's promise with the value that it got. So a worker keeps the result of every job that it ever ran
# until it stops: here all of a thousand, where without the race all but the last few are collected. Exits non-zero once
# that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >race.mjs <<'JS'
const jobs = 1000;
const job = async (at) => ({ at, rows: new Array(100).fill(at) });

async function kept(wait) {
  const results = [];
  for (let at = 0; at < jobs; at++) results.push(new WeakRef(await wait(job(at))));
  for (let times = 0; times < 3; times++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc();
  }
  return results.filter((result) => result.deref() !== undefined).length;
}

let stop;
const stopped = new Promise((resolve) => (stop = resolve));
const plain = await kept((running) => running);
const raced = await kept((running) => Promise.race([running, stopped]));
console.log(JSON.stringify({ jobs, keptWithoutRace: plain, keptWithRace: raced }));
stop();
process.exit(raced === jobs && plain < 10 ? 0 : 1);
JS
node_modules/.bin/node --expose-gc race.mjs
