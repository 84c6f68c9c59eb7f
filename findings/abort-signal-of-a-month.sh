#!/bin/sh
# One would guess: `AbortSignal.timeout(30 * 24 * 60 * 60 * 1000)`, the time that an approval may take, aborts in a month: it takes
# any whole number of milliseconds up to 2^53, by the standard. That `setTimeout` has a limit is known, and is another function.
# What Node 24.21.0 and Deno 2.9.6 do: it is made of their timer of 32 bits, which takes what is too long for none at all. From 25
# days on the signal aborts at once, with the very TimeoutError of a time that is over, so that the job is given up in its
# first millisecond and "timed out". Node adds a warning, Deno none. Bun 1.4.5 waits. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 deno@2.9.6 bun@1.4.5
cat >month.mjs <<'JS'
const day = 24 * 60 * 60 * 1000;
const month = AbortSignal.timeout(30 * day);
const shorter = AbortSignal.timeout(24 * day);
await new Promise((resolve) => setTimeout(resolve, 1000));
const told = (signal) => (signal.aborted ? signal.reason.name : "waits");
console.log(`24 days: ${told(shorter)}, 30 days: ${told(month)}`);
JS
node=$(node_modules/.bin/node --no-warnings month.mjs)
deno=$(node_modules/.bin/deno run month.mjs)
bun=$(node_modules/.bin/bun month.mjs)
printf 'Node: %s\nDeno: %s\nBun: %s\n' "$node" "$deno" "$bun"
aborts="24 days: waits, 30 days: TimeoutError"
[ "$node" = "$aborts" ] && [ "$deno" = "$aborts" ] && [ "$bun" = "24 days: waits, 30 days: waits" ]
