#!/bin/sh
# One would guess: `date.setMilliseconds(0)` takes less than a second from a Date, and `startOfMinute` of date-fns less than a minute.
# So a job's key made of its minute differs from minute to minute, and a time that is cut to whole seconds stays what it was.
# What Node (20.20.2 and 24.21.0 alike: the language's standard asks for it) and date-fns 4.4.0 do: they take the date apart into
# the clock's reading and put it together again, and a reading that comes twice, in the hour that is repeated as the clocks go
# back, means the first time. So for an hour each year, on a machine whose zone changes its clocks, each of these moves the time back by
# an hour: of the day's 1 500 minutes 60 have the key of one that was done already, and their jobs are duplicates. luxon 3.7.2
# remembers the offset, and arithmetic on the number has none. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund date-fns@4.4.0 luxon@3.7.2
cat >minutes.mjs <<'JS'
import { startOfMinute } from "date-fns";
import { DateTime } from "luxon";
const cuts = {
  setMilliseconds: (at) => new Date(at).setMilliseconds(0),
  setSeconds: (at) => new Date(at).setSeconds(0, 0),
  dateFns: (at) => startOfMinute(at).getTime(),
  luxon: (at) => DateTime.fromMillis(at).startOf("minute").toMillis(),
  number: (at) => at - (at % 60_000),
};
// 1 November 2026 in New York has 25 hours, which are these.
const minutes = Array.from({ length: 25 * 60 }, (_, at) => Date.parse("2026-11-01T04:00:30.250Z") + at * 60_000);
const seen = Object.entries(cuts).map(([name, cut]) => {
  const mostMoved = Math.floor(Math.max(...minutes.map((at) => at - cut(at))) / 60_000);
  return `${name}: ${new Set(minutes.map(cut)).size} keys, back by ${mostMoved} min`;
});
console.log(process.version, process.env.TZ, seen);
const [wrong, right] = ["1440 keys, back by 60 min", "1500 keys, back by 0 min"];
const expected = process.env.TZ === "UTC" ? [right, right, right] : [wrong, wrong, wrong];
process.exit(seen.every((one, at) => one.endsWith(`: ${[...expected, right, right][at]}`)) ? 0 : 1);
JS
TZ=UTC node minutes.mjs
TZ=America/New_York node minutes.mjs
