#!/bin/sh
# One would guess: what a library of cron does in the nights in which clocks change is a rule that one can learn: it takes a time
# that is skipped a bit later or leaves it out, and one that comes twice once or twice, whatever else stands in the expression.
# What croner 11.0.1 does in New York: `30 2 * * *` runs at three on the night without a half past two, and `0,30 2 * * *`, the same job
# twice a night, does not run at all; where the hour comes twice, `30 1 * * *` runs once and `0,30 1 * * *` four times. So adding a
# second time to a nightly job takes away its first. Of the first two cron-parser 5.10.6 makes 3:30, and 3:00 and 3:30, cron
# 4.4.0 makes 3:00 of both; both run each time once where it comes twice. And cron runs `15 1-4 * * *` at 3:00 for the lost
# 2:15 and at 3:15 again, where the two others leave it out. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 croner@11.0.1 cron@4.4.0 cron-parser@5.10.6 luxon@3.7.2
npm rebuild --silent node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >nights.mjs <<'JS'
import { CronTime } from "cron";
import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";
import { DateTime } from "luxon";
const zone = "America/New_York";
/** For each library: from an expression and an instant, a function that answers one due time after the other. */
const libraries = {
  croner(rule, from) {
    const cron = new Cron(rule, { timezone: zone, paused: true });
    let last = from;
    return () => (last = cron.nextRun(last));
  },
  cron(rule, from) {
    const cron = new CronTime(rule, zone);
    let last = DateTime.fromJSDate(from, { zone });
    return () => (last = cron.getNextDateFrom(last, zone)).toJSDate();
  },
  "cron-parser"(rule, from) {
    const cron = CronExpressionParser.parse(rule, { tz: zone, currentDate: from });
    return () => cron.next().toDate();
  },
};
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "numeric", minute: "numeric" });
const forward = ["2026-03-08T05:00:00Z", "2026-03-08T12:00:00Z"]; // from 2:00 to 3:00
const back = ["2026-11-01T04:00:00Z", "2026-11-01T12:00:00Z"]; // from 2:00 to 1:00
const nights = [
  ...["30 2 * * *", "0,30 2 * * *", "15 1-4 * * *"].map((rule) => [rule, forward]),
  ...["30 1 * * *", "0,30 1 * * *"].map((rule) => [rule, back]),
];
const seen = {};
for (const [rule, [from, to]] of nights) {
  for (const [name, open] of Object.entries(libraries)) {
    const next = open(rule, new Date(from));
    const times = [];
    for (let due = next(); due < new Date(to); due = next()) times.push(clock.format(due));
    (seen[rule] ??= {})[name] = times.join(" ");
  }
}
console.table(seen);
const expected = [
  ["03:00", "03:00", "03:30"],
  ["", "03:00", "03:00 03:30"],
  ["01:15 03:15 04:15", "01:15 03:00 03:15 04:15", "01:15 03:15 04:15"],
  ["01:30", "01:30", "01:30"],
  ["01:00 01:30 01:00 01:30", "01:00 01:30", "01:00 01:30"],
];
process.exit(Object.values(seen).map((one) => Object.values(one).join()).join(";") === expected.join(";") ? 0 : 1);
JS
node_modules/.bin/node nights.mjs
