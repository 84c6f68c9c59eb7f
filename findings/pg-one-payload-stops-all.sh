#!/bin/sh
# One would guess: a column of type `json` takes what it can read: what JSON.stringify writes, and what is broken is refused at the
# insert. A query by one field, `payload ->> 'customer' = 'anna'`, finds the jobs that have it, whatever stands in the others.
# What Postgres 18.7 does (in PGlite 0.5.17): `json` keeps the text as it came and looks at it again with each use, by other rules.
# A payload with \u0000 or half of a surrogate pair in any of its fields (a text that was cut at 20 characters, between the two halves of
# an emoji) is stored, and from then on each query that looks into the payloads by `->` or `->>` fails as a whole, by
# whatever field and whosever job it is for: one job stops the claim of all. Reading the column is fine. (`jsonb` refuses it at the
# insert; `payload IS JSON` is true of it.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17
cat >payloads.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
const db = await PGlite.create();
const text = "Your parcel is here 📦".slice(0, 21); // its last character is half of the emoji
const notes = { harmless: "Your parcel", cut: text, nul: "\0" };
const tried = (query) => query.then(({ rows }) => rows.length, ({ message }) => message);
const seen = {};
for (const [name, note] of Object.entries(notes)) {
  await db.exec("DROP TABLE IF EXISTS job; CREATE TABLE job(id integer PRIMARY KEY, payload json NOT NULL)");
  await db.query("INSERT INTO job VALUES (1, $1)", [JSON.stringify({ customer: "anna" })]);
  const other = JSON.stringify({ customer: "otto", note });
  const insert = await tried(db.query("INSERT INTO job VALUES (2, $1::text::json) RETURNING id", [other]));
  const byCustomer = await tried(db.query("SELECT id FROM job WHERE payload ->> 'customer' = 'anna'"));
  const read = await tried(db.query("SELECT payload FROM job WHERE payload::text IS JSON"));
  const jsonb = await tried(db.query("SELECT $1::text::jsonb", [other]));
  seen[name] = { insert, byCustomer, read, jsonb };
}
await db.close();
console.log(seen);
const ends = Object.values(seen).map((one) => Object.values(one).join());
const wide = "invalid input syntax for type json";
const nul = "unsupported Unicode escape sequence";
process.exit(ends.join() === ["1,1,2,1", `1,${wide},2,${wide}`, `1,${nul},2,${nul}`].join() ? 0 : 1);
JS
node payloads.mjs
