#!/bin/sh
# One would guess: `payload ->> 'customer' = '17'` finds the jobs of customer 17 in SQLite as in Postgres, whose operator it
# took over: `->` answers JSON and `->>` text.
# What SQLite in Node 24.21.0 does: `->>` answers the value with its own type. Where producers wrote `{ "customer": 17 }` that
# is an integer, which no text equals, and the filter of a dashboard, a "cancel all of customer 17" or a key made of it finds
# nothing, and with the number 17 as the parameter it misses those that wrote "17". `true` is the integer 1. In Postgres 18.7
# (PGlite 0.5.17) the same statement finds both, and `true` is 'true'. (`CAST(payload ->> 'customer' AS TEXT)`.) Exits
# non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17 node@24.21.0
npm rebuild --silent node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >arrow.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
import { PGlite } from "@electric-sql/pglite";
const setup = (type) => `CREATE TABLE job(id INTEGER PRIMARY KEY, payload ${type});
  INSERT INTO job VALUES (1, '{ "customer": 17, "urgent": true }'), (2, '{ "customer": "17", "urgent": false }')`;
const sqlite = new DatabaseSync(":memory:");
sqlite.exec(setup("TEXT"));
const postgres = await PGlite.create();
await postgres.exec(setup("jsonb"));

const ask = {
  sqlite: (condition, ...values) =>
    sqlite.prepare(`SELECT id FROM job WHERE ${condition.replace("$1", "?1")} ORDER BY id`).all(...values),
  postgres: async (condition, ...values) =>
    (await postgres.query(`SELECT id FROM job WHERE ${condition} ORDER BY id`, values)).rows,
};
const seen = {};
for (const [name, rows] of Object.entries(ask)) {
  const ids = async (...given) => (await rows(...given)).map(({ id }) => id).join("+") || "none";
  seen[name] = {
    literal: await ids("payload ->> 'customer' = '17'"),
    text: await ids("payload ->> 'customer' = $1", "17"),
    urgent: await ids("payload ->> 'urgent' = 'true'"),
  };
}
seen.sqlite.number = sqlite.prepare("SELECT id FROM job WHERE payload ->> 'customer' = ?").all(17).map(({ id }) => id).join("+");
seen.sqlite.cast = sqlite.prepare("SELECT id FROM job WHERE CAST(payload ->> 'customer' AS TEXT) = '17'").all().length;
console.log(seen);
const { sqlite: inSqlite, postgres: inPostgres } = seen;
const missed = inSqlite.literal === "2" && inSqlite.text === "2" && inSqlite.number === "1" && inSqlite.urgent === "none";
const found = inPostgres.literal === "1+2" && inPostgres.text === "1+2" && inPostgres.urgent === "1";
process.exit(missed && found && inSqlite.cast === 2 ? 0 : 1);
JS
node_modules/.bin/node --no-warnings arrow.mjs
