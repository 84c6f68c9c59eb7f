#!/bin/sh
# One would guess: the three libraries of SQLite for JavaScript, opened by a path and nothing else, wait for another connection's
# write lock alike; who replaces better-sqlite3 by the runtime's own module keeps that.
# What they do: better-sqlite3 13.2.0 waits for five seconds. `node:sqlite` of Node 24.21.0 and `bun:sqlite` of Bun 1.4.5 wait for
# none: a second process that writes meanwhile gets "database is locked" at once. `PRAGMA busy_timeout`, which each connection has to
# set for itself, gives it back; in Node `new DatabaseSync(path, { timeout })` too. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 better-sqlite3@13.2.0 node@24.21.0
npm rebuild --silent better-sqlite3 bun node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >second.mjs <<'JS'
const library = process.argv[2];
const { Database, DatabaseSync = Database } = await import(library === "better-sqlite3" ? "./better.mjs" : library);
const [first, second] = [new DatabaseSync(`${library.replace(":", "-")}.db`), new DatabaseSync(`${library.replace(":", "-")}.db`)];
first.exec("CREATE TABLE job(id INTEGER)");
first.exec("BEGIN IMMEDIATE");

/** How a write ends while the first connection is in a transaction, and how long that takes. */
const write = () => {
  const from = performance.now();
  try {
    second.exec("INSERT INTO job VALUES (1)");
    return { said: "written", ms: 0 };
  } catch ({ message }) {
    return { said: message, ms: performance.now() - from };
  }
};
const { said, ms } = write();
second.exec("PRAGMA busy_timeout = 1000");
const waited = write().ms;
console.log(JSON.stringify({ library, said, ms: Math.round(ms), "with a timeout of 1 s": Math.round(waited) }));
const patient = library === "better-sqlite3" ? ms >= 4_500 : ms < 500;
process.exit(said === "database is locked" && patient && waited >= 900 ? 0 : 1);
JS
echo 'export { default as Database } from "better-sqlite3";' >better.mjs
node_modules/.bin/node --no-warnings second.mjs better-sqlite3
node_modules/.bin/node --no-warnings second.mjs node:sqlite
node_modules/.bin/bun second.mjs bun:sqlite
