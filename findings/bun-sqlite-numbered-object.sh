#!/bin/sh
# One would guess: `bun:sqlite` binds `{ 1: "one", 2: "two" }` to the parameters ?1 and ?2 as better-sqlite3 does, or refuses it.
# What Bun 1.4.5 does: it takes the keys for places that count from 0, and says nothing: ?2 gets the value of 1, ?1 gets NULL,
# and the value of 2 is dropped. Positional arguments, or keys such as "?1", are right. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5
cat >bind.mjs <<'JS'
import { Database } from "bun:sqlite";

const query = new Database(":memory:").query("SELECT ?1 first, ?2 second");
const numbered = query.get({ 1: "one", 2: "two" });
const positional = query.get("one", "two");
console.log(JSON.stringify({ numbered, positional }));
const wrong = numbered.first === null && numbered.second === "one";
process.exit(wrong && positional.first === "one" && positional.second === "two" ? 0 : 1);
JS
node_modules/.bin/bun bind.mjs
