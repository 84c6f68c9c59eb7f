#!/bin/sh
# One would guess: later, which Bree plans its jobs with, reads a cron expression as cron does (7 is Sunday, and a day of the
# month and a day of the week are either of them), and "every 90 minutes" as an hour and a half, or refuses it.
# What @breejs/later 4.2.0 does: `0 9 * * 7` is due on Saturdays. `0 0 13 * 5` is due on a Friday the 13th only, some twice a
# year, where cron runs it each Friday and each 13th. "every 90 minutes" is due each hour, since it means those minutes of an
# hour that 90 divides, "every 45 minutes" at :00 and :45, and "every 36 hours" once a day; none has an error. Exits
# non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @breejs/later@4.2.0
cat >later.mjs <<'JS'
import later from "@breejs/later";
const saturday = new Date("2026-11-28T00:00:00Z");
const times = (parsed, count) => later.schedule(parsed).next(count, saturday).map((time) => time.toISOString().slice(0, 16));
const days = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" });
const weekdays = [...new Set(times(later.parse.cron("0 9 * * 7"), 4).map((time) => days.format(new Date(`${time}Z`))))];
const either = times(later.parse.cron("0 0 13 * 5"), 2);
const text = {};
for (const every of ["90 minutes", "45 minutes", "36 hours"]) {
  const parsed = later.parse.text(`every ${every}`);
  text[every] = parsed.error === -1 ? times(parsed, 3).join(" ") : "refused";
}
console.log({ weekdays, either, text });
const cron = weekdays.join() === "Saturday" && either.join() === "2027-08-13T00:00,2028-10-13T00:00";
const hourly = text["90 minutes"] === "2026-11-28T00:00 2026-11-28T01:00 2026-11-28T02:00";
const uneven = text["45 minutes"] === "2026-11-28T00:00 2026-11-28T00:45 2026-11-28T01:00";
const daily = text["36 hours"] === "2026-11-28T00:00 2026-11-29T00:00 2026-11-30T00:00";
process.exit(cron && hourly && uneven && daily ? 0 : 1);
JS
node later.mjs
