#!/bin/sh
# One would guess: a loop over `iterate()` of `node:sqlite` may write to the same database in its body, and at worst waits for
# other connections.
# What Node 24.21.0 with SQLite in WAL mode does: the open iterator holds a read transaction. Once another connection has
# written, every write in the body fails at once with 517 (SQLITE_BUSY_SNAPSHOT), whatever the busy timeout, until the loop
# is left, and `isTransaction` says false all the time. `all()` avoids it. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >iterate.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync("jobs.db", { timeout: 5000 });
db.exec("PRAGMA journal_mode=WAL; CREATE TABLE job(id INTEGER PRIMARY KEY, done INTEGER)");
db.exec("INSERT INTO job VALUES (1, 0), (2, 0), (3, 0)");
const other = new DatabaseSync("jobs.db");
const finish = db.prepare("UPDATE job SET done=1 WHERE id=?");
const write = (id) => {
  try {
    finish.run(id);
    return "written";
  } catch ({ errcode }) {
    return errcode;
  }
};

const inTheLoop = [];
let open;
for (const { id } of db.prepare("SELECT id FROM job ORDER BY id").iterate()) {
  if (id === 1) other.exec("UPDATE job SET done=5 WHERE id=3");
  inTheLoop.push(write(id));
  open = db.isTransaction;
}
const afterwards = write(1);
console.log({ inTheLoop, isTransaction: open, afterwards });
const same = inTheLoop.every((answer) => answer === 517) && open === false && afterwards === "written";
process.exit(same ? 0 : 1);
JS
node_modules/.bin/node iterate.mjs
