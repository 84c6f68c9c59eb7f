#!/bin/sh
# One would guess: a job of `FREQ=HOURLY` runs each hour, also in the night in which the clocks go back, whose hour from one to two comes
# twice; as it does with `FREQ=MINUTELY;INTERVAL=60`, which says the same.
# What rrule-temporal 2.2.8 does: by HOURLY the second of the two is left out, and there are two hours between one o'clock and two; with
# `BYMINUTE=0,30` an hour and a half. MINUTELY, and SECONDLY with an interval of 3600, run each hour. So a report by the hour has nothing of one
# hour of the year, in the zones that change their clocks; in UTC nothing shows. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 rrule-temporal@2.2.8
cat >hours.mjs <<'JS'
import { RRuleTemporal } from "rrule-temporal";
/** The minutes between the runs of a night in New York. */
const gaps = (rule) => {
  const rruleString = `DTSTART;TZID=America/New_York:20261101T000000\nRRULE:${rule};COUNT=6`;
  const runs = new RRuleTemporal({ rruleString }).all().map(({ epochMilliseconds }) => epochMilliseconds / 60_000);
  return runs.slice(1).map((run, at) => run - runs[at]).join(" ");
};
const rules = ["FREQ=HOURLY", "FREQ=HOURLY;BYMINUTE=0,30", "FREQ=MINUTELY;INTERVAL=60", "FREQ=SECONDLY;INTERVAL=3600"];
const seen = Object.fromEntries(rules.map((rule) => [rule, gaps(rule)]));
console.log(seen);
const fits = ["60 120 60 60 60", "30 30 30 90 30", "60 60 60 60 60", "60 60 60 60 60"];
process.exit(Object.values(seen).join() === fits.join() ? 0 : 1);
JS
timeout 60 node_modules/.bin/node hours.mjs
