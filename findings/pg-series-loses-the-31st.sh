#!/bin/sh
# One would guess: `generate_series('2026-01-31', '2026-12-31', '1 month')` are the ends of the months: 31 January, 28
# February, 31 March, since Postgres cuts a day that a month does not have, and the 31st is where the series starts.
# What Postgres 18.7 does (in PGlite 0.5.17): it adds each month to the day before it, not to the start. After February it is
# the 28th, for good: the invoices of a customer who began on the 31st go out three days early from March on, and where the
# series begins in March it is the 30th from April on. The same with each row that stores its next time as `due + interval '1
# month'`. `start + n * interval '1 month'` answers the ends of the months, and so do Temporal (temporal-polyfill 1.0.8) and
# luxon 3.7.2 when n months are added to the start. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17 luxon@3.7.2 temporal-polyfill@1.0.8
cat >series.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
import { DateTime } from "luxon";
import { Temporal } from "temporal-polyfill";
const database = await PGlite.create();
const days = async (sql) => (await database.query(sql)).rows.map(({ day }) => day).join(" ");
const numbers = [0, 1, 2, 3, 4];
const seen = {
  series: await days(`SELECT to_char(day, 'MM-DD') AS day
    FROM generate_series(timestamp '2026-01-31', timestamp '2026-05-31', interval '1 month') AS day`),
  fromMarch: await days(`SELECT to_char(day, 'MM-DD') AS day
    FROM generate_series(timestamp '2026-03-31', timestamp '2026-05-31', interval '1 month') AS day`),
  times: await days(`SELECT to_char(timestamp '2026-01-31' + n * interval '1 month', 'MM-DD') AS day
    FROM generate_series(0, 4) AS n`),
  luxon: numbers.map((months) => DateTime.fromISO("2026-01-31").plus({ months }).toFormat("MM-dd")).join(" "),
  temporal: numbers.map((months) => Temporal.PlainDate.from("2026-01-31").add({ months }).toString().slice(5)).join(" "),
};
console.log(seen);
const ends = "01-31 02-28 03-31 04-30 05-31";
const right = seen.times === ends && seen.luxon === ends && seen.temporal === ends;
process.exit(right && seen.series === "01-31 02-28 03-28 04-28 05-28" && seen.fromMarch === "03-31 04-30 05-30" ? 0 : 1);
JS
node series.mjs
