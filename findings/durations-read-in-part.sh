#!/bin/sh
# One would guess: the libraries of ISO 8601 durations refuse a text that they do not understand to its end, and write what they are given:
# `-PT5M`, which in iCalendar is five minutes before a meeting, is minus five minutes or an error, and two weeks are "P14D" or "P2W".
# What iso8601-duration 2.1.4 does: it reads `-PT5M` as five minutes after, drops the sign in front, and `PT1H30` (the M forgotten) as an hour.
# What tinyduration 3.4.1 does: `PT1H30` is an hour, too, and `P1D-T1H` a day.
# What date-fns 4.4.0 does: `formatISODuration({ weeks: 2 })` is "P0Y0M0DT0H0M0S", nothing, though its Duration has weeks: as a time to keep
# results, or to wait, it is zero. luxon 3.7.2 reads the sign, refuses the other two and writes "P2W". Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund iso8601-duration@2.1.4 tinyduration@3.4.1 date-fns@4.4.0 luxon@3.7.2
cat >durations.mjs <<'JS'
import { formatISODuration } from "date-fns";
import * as iso from "iso8601-duration";
import { Duration } from "luxon";
import * as tiny from "tinyduration";
const seconds = (text) => iso.toSeconds(iso.parse(text));
const luxon = (text) => Duration.fromISO(text).as("seconds");
const seen = {
  "iso8601-duration": [seconds("-PT5M"), seconds("PT1H30")],
  tinyduration: [tiny.parse("PT1H30"), tiny.parse("P1D-T1H")],
  "date-fns": [formatISODuration({ weeks: 2 })],
  luxon: [luxon("-PT5M"), luxon("PT1H30"), luxon("P1D-T1H"), Duration.fromObject({ weeks: 2 }).toISO()],
};
const text = JSON.stringify(Object.values(seen));
console.log(JSON.stringify(seen));
process.exit(text === '[[300,3600],[{"hours":1},{"days":1}],["P0Y0M0DT0H0M0S"],[-300,null,null,"P2W"]]' ? 0 : 1);
JS
node durations.mjs
