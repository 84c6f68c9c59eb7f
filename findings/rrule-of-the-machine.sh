#!/bin/sh
# One would guess: a rule that names its zone, `DTSTART;TZID=America/New_York:20261030T090000` with `FREQ=DAILY`, means the
# same instants on every machine: nine o'clock in New York, 13:00 UTC before the clocks go back and 14:00 UTC after.
# What rrule 2.8.1 does: right on a machine whose zone is UTC, and nowhere else. The dates that it answers are moved by the
# machine's own offset: on a machine in New York the job of nine o'clock is due at 09:00 UTC, which is five in the morning
# there, and the change of the clocks is gone; in Tokyo it is due at 22:00 UTC. A laptop and a server, or two servers whose
# zones differ, never agree on when. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rrule@2.8.1
cat >rule.mjs <<'JS'
import rrule from "rrule";
const rule = rrule.rrulestr("DTSTART;TZID=America/New_York:20261030T090000\nRRULE:FREQ=DAILY;COUNT=3");
console.log(rule.all().map((date) => date.toISOString().slice(5, 16)).join(" "));
JS
wrong=0
expect() {
  seen=$(TZ=$1 node rule.mjs)
  echo "$1: $seen"
  [ "$seen" = "$2" ] || wrong=1
}
expect UTC "10-30T13:00 10-31T13:00 11-01T14:00"
expect America/New_York "10-30T09:00 10-31T09:00 11-01T09:00"
expect Asia/Tokyo "10-30T22:00 10-31T22:00 11-01T23:00"
exit $wrong
