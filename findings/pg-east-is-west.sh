#!/bin/sh
# One would guess: a zone that Postgres and JavaScript both take is the same zone in both. The zone of a customer's schedule,
# which his browser or an import gave as `+02:00` or `UTC+2`, is two hours east in the worker (Intl, luxon) and in the query
# (`AT TIME ZONE`).
# What Postgres 18.7 does (in PGlite 0.5.17): an offset as a *zone* is read as POSIX has it, where plus is west, although the
# same digits at the end of a time are east. `AT TIME ZONE '+02:00'` is ten o'clock at noon in UTC, where Intl of Node and
# luxon 3.7.2 say two in the afternoon: four hours apart, with no error. And `IST`, which India writes, is Israel. (Names of
# places, checked in `pg_timezone_names`; an offset as an interval.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17 luxon@3.7.2 node@24.21.0
npm rebuild --silent node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >west.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
import { DateTime } from "luxon";
const database = await PGlite.create();
const noon = "2026-06-30T12:00:00Z";
const inPostgres = async (zone) =>
  (await database.query(`SELECT to_char(timestamptz '${noon}' AT TIME ZONE ${zone}, 'HH24:MI') AS clock`)).rows[0].clock;
const inIntl = (timeZone) =>
  new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(new Date(noon));
const inLuxon = (zone) => DateTime.fromISO(noon, { zone }).toFormat("HH:mm");
const seen = {
  "+02:00": [await inPostgres("'+02:00'"), inIntl("+02:00")],
  "UTC+2": [await inPostgres("'UTC+2'"), inLuxon("UTC+2")],
  "interval '+02:00'": [await inPostgres("interval '+02:00'")],
  "Europe/Paris": [await inPostgres("'Europe/Paris'"), inIntl("Europe/Paris")],
  IST: [await inPostgres("'IST'")],
};
console.log(seen);
const expected = ["10:00,14:00", "10:00,14:00", "14:00", "14:00,14:00", "14:00"];
process.exit(Object.values(seen).join(" ") === expected.join(" ") ? 0 : 1);
JS
node_modules/.bin/node west.mjs
