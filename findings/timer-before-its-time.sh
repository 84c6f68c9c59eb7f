#!/bin/sh
# One would guess: a timer of 50 ms that is set now never runs before `Date.now() + 50`: late, under load, but never early. So
# what wakes up by it and asks for the jobs with `due <= now` finds the one that it was set for.
# What Node does (20.20.2 and 24.21.0 alike): its timers count from the time of the event loop, which is kept in whole
# milliseconds, cut off. A timer that is set late in such a millisecond ends early by the clock: of 2 000 timers some dozens
# to hundreds run while `Date.now() < due`. A scheduler that looks once then finds nothing, and sleeps to the next poll or for
# ever. In Bun 1.4.5 and Deno 2.9.6 none runs early. (Look again where it is not yet time, or wait a millisecond longer.)
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node20@npm:node@20.20.2 node24@npm:node@24.21.0 bun@1.4.5 deno@2.9.6
npm rebuild --silent >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >early.mjs <<'JS'
let early = 0;
const timer = (ms) =>
  new Promise((resolve) => {
    const due = Date.now() + ms;
    const ran = () => {
      if (Date.now() < due) early += 1;
      resolve();
    };
    setTimeout(ran, ms);
  });
const all = [];
for (let at = 0; at < 2000; at++) {
  all.push(timer(50 + (at % 50)));
  const from = performance.now();
  while (performance.now() - from < 0.3); // so that they are set at all points of a millisecond
  if (at % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await Promise.all(all);
console.log(early);
JS
for runtime in node20/bin/node node24/bin/node .bin/bun .bin/deno; do
  [ "$runtime" = .bin/deno ] && run=run || run=
  early=$("node_modules/$runtime" $run early.mjs)
  echo "$runtime: $early of 2000 early"
  case $runtime in
    node*) [ "$early" -gt 0 ] ;;
    *) [ "$early" = 0 ] ;;
  esac
done
