#!/bin/sh
# One would guess: an expression that two libraries of cron take without a word means the same in both; what is not standard, such
# as `5/20`, is refused or means what it does elsewhere, every 20 minutes from the fifth on.
# What they do: `5/20 * * * *` is three times an hour for cron-parser 5.10.6 and cron 4.4.0 and once an hour for cron-schedule
# 6.0.0, which drops the step; croner 11.0.1 refuses it. `0 0 1-31 * 1`, a day that is any day and a Monday, is every day for
# croner and cron-parser (one of both fits), and Mondays only for cron and cron-schedule (1-31 is a star to them). So who moves a
# schedule from one to another gets a third or a seventh of the runs, or thrice and seven times as many, and no error. Exits
# non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund croner@11.0.1 cron-parser@5.10.6 cron@4.4.0 cron-schedule@6.0.0
cat >read.mjs <<'JS'
import { CronTime } from "cron";
import { CronExpressionParser } from "cron-parser";
import { parseCronExpression } from "cron-schedule";
import { Cron } from "croner";

/** The next time after a moment, by each of them. */
const next = {
  croner: (text) => (from) => new Cron(text, { timezone: "UTC", paused: true }).nextRun(from),
  "cron-parser": (text) => (from) => CronExpressionParser.parse(text, { currentDate: from, tz: "UTC" }).next().toDate(),
  cron: (text) => (from) => new CronTime(text, "UTC").getNextDateFrom(from, "UTC").toJSDate(),
  "cron-schedule": (text) => (from) => parseCronExpression(text).getNextDate(from),
};
/** How many times it occurs within so many hours of 1 December 2026, a Tuesday. */
const times = (library, text, hours) => {
  const end = Date.UTC(2026, 11, 1, hours) - 1;
  let count = 0;
  try {
    const after = next[library](text);
    for (let at = after(new Date(Date.UTC(2026, 11, 1) - 1)); at.getTime() <= end; at = after(at)) count++;
    return count;
  } catch {
    return "refused";
  }
};
const seen = {};
for (const library of Object.keys(next))
  seen[library] = {
    "5/20, in a day": times(library, "5/20 * * * *", 24),
    "1-31 and MON, in four weeks": times(library, "0 0 1-31 * 1", 28 * 24),
  };
console.log(seen);
const expected = [
  ["refused", 28],
  [72, 28],
  [72, 4],
  [24, 4],
];
const found = Object.values(seen).map((counts) => Object.values(counts));
process.exit(JSON.stringify(found) === JSON.stringify(expected) ? 0 : 1);
JS
TZ=UTC node read.mjs
