#!/bin/sh
# One would guess: `node:sqlite` refuses a value that it cannot store, such as a Date, in any place.
# What Node 24.21.0 does: it refuses it in every place but the first. There, an object is taken for a bag of named
# parameters; a Date has none, and all values after it move one place forward: the first column gets the second's value,
# the last NULL, without an error. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >date.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync(":memory:");
db.exec("CREATE TABLE job(due, name)");
const insert = db.prepare("INSERT INTO job VALUES(?, ?)");
insert.run(new Date(), "send");
const { due, name } = db.prepare("SELECT due, name FROM job").get();
let second = "stored";
try {
  insert.run("send", new Date());
} catch ({ code }) {
  second = code;
}
console.log({ due, name, second });
process.exit(due === "send" && name === null && second === "ERR_INVALID_ARG_TYPE" ? 0 : 1);
JS
node_modules/.bin/node date.mjs
