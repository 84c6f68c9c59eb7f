#!/bin/sh
# One would guess: two intervals that Postgres calls equal are the same rule: a schedule `every = '24 hours'` that is changed to
# '1 day' is another one if they differ, or the same one if they do not.
# What Postgres 18.7 does (in PGlite 0.5.17): they are equal, and a month equals 30 days, but adding them gives other times: nine
# o'clock or ten after the clocks have changed, 1 March or 3 March. So `UPDATE … SET every = '1 day' WHERE every IS DISTINCT
# FROM '1 day'` changes nothing where '24 hours' stands, `SELECT DISTINCT` and a unique key make one of both, and the month of
# a period of thirty days is never known again. (`every::text`, or compare what is added.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17
cat >interval.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";

const db = new PGlite();
await db.exec("SET timezone = 'America/New_York'; CREATE TABLE schedule (name text PRIMARY KEY, every interval)");
await db.exec("INSERT INTO schedule VALUES ('report', '24 hours'), ('invoice', '30 days')");
const changed = async (name, every) => {
  const sql = "UPDATE schedule SET every = $2 WHERE name = $1 AND every IS DISTINCT FROM $2";
  return (await db.query(sql, [name, every])).affectedRows;
};
/** The time a period after a moment of New York. */
const after = async (from, every) => {
  const sql = "SELECT to_char($1::text::timestamptz + $2::text::interval, 'YYYY-MM-DD HH24:MI') at";
  return (await db.query(sql, [from, every])).rows[0].at;
};
const seen = {
  changed: [await changed("report", "1 day"), await changed("invoice", "1 month")],
  day: [await after("2027-03-13 09:00", "1 day"), await after("2027-03-13 09:00", "24 hours")],
  month: [await after("2027-02-01 09:00", "1 month"), await after("2027-02-01 09:00", "30 days")],
  distinct: (await db.query("SELECT DISTINCT i FROM unnest('{1 month,30 days,720 hours}'::interval[]) i")).rows.length,
};
console.log(seen);
const expected = {
  changed: [0, 0],
  day: ["2027-03-14 09:00", "2027-03-14 10:00"],
  month: ["2027-03-01 09:00", "2027-03-03 09:00"],
  distinct: 1,
};
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node interval.mjs
