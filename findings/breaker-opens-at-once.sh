#!/bin/sh
# One would guess: a circuit breaker of opossum that opens at 50 % of errors, its default, wants a handful of calls before
# it says that half of them failed.
# What opossum 9.0.0 does: `volumeThreshold` is 0, so one failed call of one is 100 %: the first error in a process opens
# the breaker, and the next 30 seconds of calls are refused without being tried. A worker that has just started and whose
# first job is a bad one so fails every job that it takes in that time, each costing an attempt. Exits non-zero once that
# has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund opossum@9.0.0
cat >breaker.mjs <<'JS'
import CircuitBreaker from "opossum";
let tried = 0;
const breaker = new CircuitBreaker(async (job) => {
  tried++;
  if (job === 1) throw new Error("a bad job");
  return "done";
});
const outcomes = [];
for (let job = 1; job <= 10; job++) outcomes.push(await breaker.fire(job).catch((error) => error.message));
console.log(JSON.stringify({ tried, opened: breaker.opened, outcomes: [...new Set(outcomes)] }));
process.exit(tried === 1 && breaker.opened && outcomes[9] === "Breaker is open" ? 0 : 1);
JS
node breaker.mjs
