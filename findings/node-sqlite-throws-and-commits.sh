#!/bin/sh
# One would guess: where a statement of `node:sqlite` throws, it has changed nothing.
# What Node 24.21.0 does: `UPDATE … RETURNING` with an integer over 2^53 among its answers throws ERR_OUT_OF_RANGE after the
# statement has run, and outside of a transaction it is committed. A claim like this takes the job, and nobody learns which.
# `setReadBigInts(true)` avoids it, or a token that stays below. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >claim.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync("jobs.db");
db.exec("CREATE TABLE job(id INTEGER PRIMARY KEY, taken INTEGER, token INTEGER)");
db.exec("INSERT INTO job VALUES (1, 0, 9007199254740993)");
let threw;
try {
  db.prepare("UPDATE job SET taken=1 WHERE taken=0 RETURNING id, token").all();
} catch ({ code }) {
  threw = code;
}
const { taken } = new DatabaseSync("jobs.db").prepare("SELECT taken FROM job").get();
console.log({ threw, taken });
process.exit(threw === "ERR_OUT_OF_RANGE" && taken === 1 ? 0 : 1);
JS
node_modules/.bin/node claim.mjs
