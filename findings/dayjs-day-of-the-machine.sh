#!/bin/sh
# One would guess: `dayjs.tz("2026-03-07 09:00", "America/New_York").add(1, "day")` is nine o'clock in New York on the next day,
# whatever the zone of the machine; and what its `format()` shows is the instant that `toISOString()` gives.
# What dayjs 1.11.23 does over the night in which the clocks change: `format()` says 09:00 with the offset of the day before, which
# nobody has there then. On a machine in UTC the instant is that one, ten o'clock in New York; on a machine in New York it is
# nine o'clock, an hour before what the same object's text says. So a daily job that is planned by it drifts in production and
# not on the laptop. luxon 3.7.2 is right on both. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund dayjs@1.11.23 luxon@3.7.2
cat >day.mjs <<'JS'
import dayjs from "dayjs";
import timezone from "dayjs/plugin/timezone.js";
import utc from "dayjs/plugin/utc.js";
import { DateTime } from "luxon";
dayjs.extend(utc);
dayjs.extend(timezone);
const zone = "America/New_York";
const next = dayjs.tz("2026-03-07 09:00", zone).add(1, "day");
const right = DateTime.fromISO("2026-03-07T09:00", { zone }).plus({ days: 1 });
console.log(JSON.stringify([next.format(), next.toISOString(), right.toUTC().toISO()]));
JS
expected='["2026-03-08T09:00:00-05:00","2026-03-08T14:00:00.000Z","2026-03-08T13:00:00.000Z"]
["2026-03-08T09:00:00-05:00","2026-03-08T13:00:00.000Z","2026-03-08T13:00:00.000Z"]'
seen=$(for zone in UTC America/New_York; do TZ=$zone node day.mjs; done)
echo "$seen"
[ "$seen" = "$expected" ]
