#!/bin/sh
# One would guess: who has met SQLITE_BUSY tries again once the lock is free, and it works.
# What @libsql/client 0.18.0 does with a file: the BEGIN that met the lock is never reset, so every later commit on that connection
# fails with "cannot commit transaction - SQL statements in progress" until the garbage collector finds the statement. The client
# hands out the same connection again, so a process that has little to do fails for minutes beside a database that nobody
# uses. (Take the lock by `executeMultiple` in a deferred transaction: a script that meets a lock does no harm.) Exits non-zero
# once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @libsql/client@0.18.0
cat >busy.mjs <<'JS'
import { createClient } from "@libsql/client";

const url = "file:jobs.db";
const other = createClient({ url });
await other.execute("CREATE TABLE job (id INTEGER)");
const client = createClient({ url });
const tried = async () => client.batch(["INSERT INTO job VALUES (1)"], "write").then(() => "done", ({ message }) => message);

const transaction = await other.transaction("write");
const meanwhile = await tried();
await transaction.commit();
const free = await other.execute("INSERT INTO job VALUES (2)").then(() => "done");
const later = [await tried(), await tried()];
globalThis.gc();
await new Promise((resolve) => setTimeout(resolve, 100));
const collected = await tried();

console.log({ meanwhile, free, later, collected });
const stuck = later.every((message) => message.includes("SQL statements in progress"));
process.exit(free === "done" && stuck && collected === "done" ? 0 : 1);
JS
node --expose-gc busy.mjs
