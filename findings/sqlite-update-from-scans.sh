#!/bin/sh
# One would guess: `UPDATE job SET ... FROM chosen WHERE job.id = chosen.id` looks up the chosen rows by the primary key, as a
# select with the same join does.
# What SQLite 3.53 in Node 24.21.0 does where `chosen` ends in a window function over a few rows: it reads the whole table,
# and looks for each of its rows among the chosen. In D1 each of these is a row read. With `AND job.id IN (SELECT id FROM
# chosen)` it looks up by the key. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >plan.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync(":memory:");
db.exec(`CREATE TABLE job(id TEXT PRIMARY KEY, due INTEGER, token INTEGER) WITHOUT ROWID;
  CREATE INDEX job_due ON job(due);
  CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID`);
const plan = (more) =>
  db
    .prepare(
      `EXPLAIN QUERY PLAN WITH call AS (SELECT value FROM meta WHERE key = 'token'),
      chosen AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY due) AS place FROM (SELECT id, due FROM job WHERE due <= ? ORDER BY due LIMIT 10))
      UPDATE job AS j SET token = call.value + chosen.place FROM call CROSS JOIN chosen WHERE j.id = chosen.id ${more}`,
    )
    .all()
    .map(({ detail }) => detail)
    .filter((detail) => / j\b/.test(detail));
const seen = { join: plan(""), in: plan("AND j.id IN (SELECT id FROM chosen)") };
console.log(JSON.stringify(seen));
process.exit(/^SCAN j/.test(seen.join) && /^SEARCH j USING PRIMARY KEY/.test(seen.in) ? 0 : 1);
JS
node_modules/.bin/node plan.mjs
