#!/bin/sh
# One would guess: `db.transaction(fn)` of Bun's SQLite, whose API is that of better-sqlite3, either waits for an `async` function or
# refuses it; an error in it rolls the transaction back.
# What Bun 1.4.5 does: it commits when the function returns its promise, which is at its first `await`. What comes after that is
# committed statement by statement, the error at the end rolls nothing back, and nothing says so. better-sqlite3 13.2.0 rolls back and
# throws "Transaction function cannot return a promise"; only what the function still does after its `await` is committed, since it
# is in no transaction then. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 better-sqlite3@13.2.0 node@24.21.0
npm rebuild --silent better-sqlite3 bun node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >transfer.mjs <<'JS'
const inBun = typeof Bun !== "undefined";
const { Database } = inBun ? await import("bun:sqlite") : { Database: (await import("better-sqlite3")).default };
const db = new Database(":memory:");
db.exec("CREATE TABLE entry(amount INTEGER)");
const add = db.prepare("INSERT INTO entry VALUES (?)");

/** What somebody writes who has to ask something between two statements. */
const transfer = db.transaction(async () => {
  add.run(-100);
  await null;
  add.run(100);
  throw new Error("refused");
});

let said;
process.on("unhandledRejection", () => {}); // better-sqlite3 drops the promise
try {
  await transfer();
} catch ({ message }) {
  said = message;
}
await new Promise((resolve) => setTimeout(resolve, 10)); // what the function still does
const rows = db.prepare("SELECT amount FROM entry").all().map(({ amount }) => amount);
console.log(JSON.stringify({ library: inBun ? `Bun ${Bun.version}` : "better-sqlite3", said, rows }));
const expected = inBun ? ["refused", "-100,100"] : ["Transaction function cannot return a promise", "100"];
process.exit(said === expected[0] && rows.join() === expected[1] ? 0 : 1);
JS
node_modules/.bin/bun transfer.mjs
node_modules/.bin/node transfer.mjs
