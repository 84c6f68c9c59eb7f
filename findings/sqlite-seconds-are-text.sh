#!/bin/sh
# One would guess: with times as seconds in INTEGER columns, `taken + 60 <= strftime('%s', 'now')` finds the leases that are
# older than a minute, just as `due <= strftime('%s', 'now')` finds the jobs that are due; and with times as text, what
# `toISOString()` wrote compares with `datetime('now')`.
# What SQLite in Node 24.21.0 does: `strftime` answers text. A bare column turns it into a number, an expression does not, and
# any number is less than any text: with `taken + 60` (or `coalesce(due, 0)`) on the left it is true of every row, and each
# lease is over in the moment it is taken. (`unixepoch()`.) And `datetime` puts a space where ISO has its T, which sorts
# behind it: a job that was due a minute ago is not due until the UTC day is over. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >times.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
const db = new DatabaseSync(":memory:");
db.exec("CREATE TABLE job(id INTEGER PRIMARY KEY, due INTEGER, taken INTEGER, dueText TEXT)");
// One job: taken this moment, due again in an hour; as text, due since the first minute of today.
const now = Math.floor(Date.now() / 1000);
const today = `${new Date(now * 1000).toISOString().slice(0, 10)}T00:00:00.000Z`;
db.prepare("INSERT INTO job VALUES (1, ?, ?, ?)").run(now + 3600, now, today);
const holds = (condition) => db.prepare(`SELECT count(*) AS n FROM job WHERE ${condition}`).get().n === 1;
const seen = {
  column: holds("due <= strftime('%s', 'now')"),
  expression: holds("taken + 60 <= strftime('%s', 'now')"),
  coalesce: holds("coalesce(due, 0) <= strftime('%s', 'now')"),
  unixepoch: holds("taken + 60 <= unixepoch()"),
  text: holds("dueText <= datetime('now')"),
  textInNode: today <= new Date().toISOString(),
};
console.log(seen);
process.exit(JSON.stringify(seen) === JSON.stringify({
  column: false, expression: true, coalesce: true, unixepoch: false, text: false, textInNode: true,
}) ? 0 : 1);
JS
node_modules/.bin/node times.mjs
