#!/bin/sh
# One would guess: who listens on a channel by its name hears what is announced on the same name: `listen("MyChannel")` and
# `SELECT pg_notify('MyChannel', '')`.
# What PGlite 0.5.17 does: `listen` puts the name into a statement without quotes, which lowers it, and `pg_notify` takes it
# as it is: nothing is ever heard, and nothing fails. Exits non-zero once that has changed. (Names in lower case.)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @electric-sql/pglite@0.5.17
cat >listen.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
const db = await PGlite.create();
const heard = [];
for (const channel of ["MyChannel", "my_channel"]) await db.listen(channel, () => heard.push(channel));
for (const channel of ["MyChannel", "my_channel"]) await db.query("SELECT pg_notify($1, '')", [channel]);
// What comes later than the next statement's answer does not come.
await db.query("SELECT 1");
await new Promise((resolve) => setTimeout(resolve, 1000));
await db.close();
console.log(JSON.stringify({ heard }));
process.exit(heard.join() === "my_channel" ? 0 : 1);
JS
node_modules/.bin/node listen.mjs
