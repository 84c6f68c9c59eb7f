#!/bin/sh
# One would guess: what reads "1.5h" and "90m" reads "1h30m" as well, and text that a reader of durations does not know is
# refused or undefined, not a number.
# What ms 2.1.3 does: "1h30m" is undefined, and a timer or a queue that is given `{ delay: undefined }` does the job at
# once.
# What parse-duration 2.1.9 does: it takes what it can out of any text. "1,5h" is 15 hours, ten times too long (a comma is a
# separator of thousands), "1:30" is one millisecond, and ISO's "P1M", a month, is a minute, as "1M" is in both. Exits
# non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ms@2.1.3 parse-duration@2.1.9
cat >delays.mjs <<'JS'
import ms from "ms";
import parse from "parse-duration";
const minute = 60_000;
const seen = {
  "ms 1.5h": ms("1.5h") / minute,
  "ms 1h30m": String(ms("1h30m")),
  "ms 1M": ms("1M") / minute,
  "parse 1h30m": parse("1h30m") / minute,
  "parse 1,5h": parse("1,5h") / minute,
  "parse 1:30": Math.round(parse("1:30")) / minute,
  "parse P1M": parse("P1M") / minute,
};
console.log(JSON.stringify(seen));
const fits = [90, "undefined", 1, 90, 900, 1 / minute, 1];
process.exit(Object.values(seen).every((value, at) => value === fits[at]) ? 0 : 1);
JS
node delays.mjs
