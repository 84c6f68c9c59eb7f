#!/bin/sh
# One would guess: a client of libSQL keeps its own calls apart. While a transaction of it is open (the app stores an order, the
# job queue that was given the same client enqueues a job), the other call waits for the commit, or runs before it; and with
# a `timeout` it waits for so long.
# What @libsql/client 0.18.0 does with a file: each transaction has a connection of its own, and the other call fails at once
# with SQLITE_BUSY. So does the second of two `client.transaction("write")` that are begun together. A `timeout` makes it
# worse: it is waited for inside SQLite, with the whole process at a stand, so the transaction's own commit, which is due in
# between, cannot run, and after all of that time the call fails just the same. (Repeat after a pause of one's own.) Exits
# non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @libsql/client@0.18.0
cat >busy.mjs <<'JS'
import { setImmediate as turn } from "node:timers/promises";
import { createClient } from "@libsql/client";

const tried = async (call) => call().then(() => "done", ({ code }) => code);
const seen = [];
for (const timeout of [undefined, 1000]) {
  const client = createClient({ url: `file:${timeout}.db`, timeout });
  await client.execute("CREATE TABLE job (id INTEGER PRIMARY KEY)");
  const transaction = await client.transaction("write");
  await transaction.execute("INSERT INTO job VALUES (1)");
  let committed = false;
  const commit = turn().then(() => transaction.commit()).then(() => (committed = true));
  const beside = await tried(() => client.execute("INSERT INTO job VALUES (2)"));
  const committedBefore = committed;
  await commit;
  const after = await tried(() => client.execute("INSERT INTO job VALUES (2)"));
  const short = async () => {
    const own = await client.transaction("write");
    await turn();
    await own.commit();
  };
  const two = await Promise.all([tried(short), tried(short)]);
  seen.push({ timeout, beside, committedBefore, after, two: two.join() });
  client.close();
}
console.log(seen);
const isBusy = ({ beside, committedBefore, after, two }) =>
  beside === "SQLITE_BUSY" && !committedBefore && after === "done" && two === "done,SQLITE_BUSY";
process.exit(seen.every(isBusy) ? 0 : 1);
JS
node busy.mjs
