#!/bin/sh
# One would guess: a function given to lmdb's `transaction` that throws has changed nothing, since the promise rejects with its error:
# as with `transactionSync` and `childTransaction` of the same database, and with every other transaction.
# What lmdb 3.5.6 does: what the function wrote before it threw is committed, and stands in the file. The job that it made runs, though
# its caller was told that there is none, and the caller who tries again takes the money twice. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 lmdb@3.5.6
cat >throws.mjs <<'JS'
import { open } from "lmdb";
let db = open({ path: "data" });
const payOut = (by) => () => {
  db.put(`balance ${by}`, 50);
  db.put(`job ${by}`, "transfer 50");
  throw new Error("no such account");
};
const ways = {
  transaction: (work) => db.transaction(work),
  childTransaction: (work) => db.childTransaction(work),
  transactionSync: async (work) => db.transactionSync(work),
};
const seen = {};
for (const [by, transaction] of Object.entries(ways)) {
  await db.put(`balance ${by}`, 100);
  const end = await transaction(payOut(by)).then(
    () => "committed",
    ({ message }) => message,
  );
  await db.flushed;
  await db.close();
  db = open({ path: "data" });
  seen[by] = `${end}, balance ${db.get(`balance ${by}`)}, ${db.get(`job ${by}`) ?? "no job"}`;
}
await db.close();
console.log(seen);
const undone = "no such account, balance 100, no job";
const expected = { transaction: "no such account, balance 50, transfer 50", childTransaction: undone, transactionSync: undone };
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node_modules/.bin/node throws.mjs
