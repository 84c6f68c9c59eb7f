#!/bin/sh
# One would guess: `monotonicFactory()` of ulid takes care of the order of ids that were made in one millisecond, and an
# id's first ten letters are the time that it was given.
# What ulid 3.0.2 does: one id for a time ahead, say that of a job due in a year, binds the factory to that time. Every
# later id, those for now included, repeats the far time with the last random digit raised by one, until that year is over:
# sorted by id, today's jobs stand behind the one of next year, a range by time finds none of them, and what reads the time
# out of an id (for retention, for a due time) is off by a year. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ulid@3.0.2
cat >future.mjs <<'JS'
import { decodeTime, monotonicFactory } from "ulid";
const next = monotonicFactory();
const now = Date.UTC(2026, 10, 28);
const inAYear = Date.UTC(2027, 10, 28);
const day = (id) => new Date(decodeTime(id)).toISOString().slice(0, 10);
const before = next(now);
const delayed = next(inAYear);
const after = next(now + 1000);
const unasked = next();
const lastByOrder = [before, delayed, after].sort()[2] === after ? "today's" : "next year's";
const seen = { before: day(before), delayed: day(delayed), after: day(after), unasked: day(unasked), lastByOrder };
console.log(JSON.stringify(seen));
process.exit(seen.after === "2027-11-28" && lastByOrder === "today's" && decodeTime(unasked) >= inAYear ? 0 : 1);
JS
node future.mjs
