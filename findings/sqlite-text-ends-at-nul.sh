#!/bin/sh
# One would guess: a text comes back from SQLite as it was stored, or is refused. With a NUL in it (a key of two parts, `tenant\0order`, so
# that no name can hold the separator) the functions of SQL may stop there, as SQLite's pages say; the column has it all.
# What they do: it is stored whole by all five, and found whole. node:sqlite of Node 24.21.0, better-sqlite3 13.2.0 and
# bun:sqlite of Bun 1.4.5 answer it whole, too. node:sqlite of Deno 2.9.6 and @libsql/client 0.18.0 answer what is before the NUL,
# without a word. So a worker under Deno claims the job `acme`, and completes it by that key: no row changes, and all jobs of a
# tenant are one and the same to it. Where the key was read to be written back, the rest is lost. Exits non-zero once that has
# changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 bun@1.4.5 deno@2.9.6 better-sqlite3@13.2.0 @libsql/client@0.18.0
npm rebuild --silent node bun deno better-sqlite3 >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >keys.mjs <<'JS'
const [name, library, expected] = process.argv.slice(2);
const open = async () => {
  if (library === "@libsql/client") {
    const client = (await import(library)).createClient({ url: ":memory:" });
    return async (sql, ...args) => (await client.execute({ sql, args })).rows;
  }
  const { DatabaseSync, Database, default: fallback } = await import(library);
  const db = new (DatabaseSync ?? Database ?? fallback)(":memory:");
  return (sql, ...args) => (/SELECT|RETURNING/.test(sql) ? db.prepare(sql).all(...args) : (db.prepare(sql).run(...args), []));
};
const sql = await open();
await sql("CREATE TABLE job(key text PRIMARY KEY, done integer)");
for (const order of [1, 2]) await sql("INSERT INTO job VALUES (?, 0)", `acme\0${order}`);
const jobs = (await sql("SELECT key, length(CAST(key AS blob)) AS bytes FROM job ORDER BY key")).map((job) => ({ ...job }));
const found = (await sql("SELECT key FROM job WHERE key = ?", "acme\u00002")).length;
const done = [];
for (const { key } of jobs) done.push(...(await sql("UPDATE job SET done = 1 WHERE key = ? RETURNING done", key)));
const keys = jobs.map(({ key }) => key);
console.log(name, JSON.stringify({ keys, bytes: jobs.map(({ bytes }) => bytes), found, completed: done.length }));
const answered = expected === "whole" ? "acme\u00001,acme\u00002 2" : "acme,acme 0";
process.exit(`${keys.join()} ${done.length}` === answered && jobs.every(({ bytes }) => bytes === 6) && found === 1 ? 0 : 1);
JS
bin=node_modules/.bin
"$bin/node" --no-warnings keys.mjs Node node:sqlite whole
"$bin/node" keys.mjs better-sqlite3 better-sqlite3 whole
"$bin/bun" keys.mjs Bun bun:sqlite whole
"$bin/deno" run --no-prompt --allow-all keys.mjs Deno node:sqlite cut
"$bin/node" keys.mjs libSQL @libsql/client cut
