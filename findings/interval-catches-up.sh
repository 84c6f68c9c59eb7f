#!/bin/sh
# One would guess: `for await (const _ of setInterval(100))` of `node:timers/promises` is a loop with a pause: where a round
# takes a whole second, the ticks meanwhile are skipped, as with a timer that is set anew, and the next round comes with the
# next tick.
# What Node 20.20.2 and 24.21.0 do: every tick is counted and handed out later. After one slow round the loop runs once for
# each tick that it missed, at once and without a pause, until it has caught up: a poll or a job that was slow for a minute
# is then repeated hundreds of times in a row, just when what it asks is slow already. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >interval.mjs <<'JS'
import { setInterval, setTimeout } from "node:timers/promises";
// What is asked in between cannot be a tick of its own: no event loop turn passes between two rounds that were saved up.
let turns = 0;
const counting = globalThis.setInterval(() => turns++, 1);
let rounds = 0;
let withoutTurn = 0;
let last = 0;
for await (const _ of setInterval(100)) {
  if (rounds > 0 && turns === last) withoutTurn++;
  if (++rounds === 1) await setTimeout(2000);
  last = turns;
  if (rounds === 10) break;
}
clearInterval(counting);
console.log(JSON.stringify({ node: process.versions.node, rounds, withoutTurn }));
process.exit(withoutTurn >= 5 ? 0 : 1);
JS
node_modules/.bin/node interval.mjs
