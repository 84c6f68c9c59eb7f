#!/bin/sh
# One would guess: a value that JSON can hold arrives in a column of type `json` or `jsonb` as it was given.
# What pg 8.23.1 and postgres.js 3.4.9 do: pg sends a list as an array of Postgres, so an empty list is stored as `{}`, an
# empty object, without an error (a list of objects fails). postgres.js encodes a text that is JSON already for the type
# that the server tells it, once more: `'{"a":1}'` for `$1::json` is stored as a text in quotes. Exits non-zero once that has
# changed. (`JSON.stringify` before pg; `$1::text::json` for both.) Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill -INT "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
# The server of Debian; it does not run as root.
newest() { find /usr/lib/postgresql -path "*/bin/postgres" 2>/dev/null | sort -V | tail -n 1; }
[ -n "$(newest)" ] || apt-get install -y postgresql >/dev/null 2>&1
bin=$(dirname "$(newest)")
"$bin/postgres" --version
mkdir data
as=
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder" data
  as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
$as "$bin/initdb" -D data -A trust -U postgres >/dev/null
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 postgres@3.4.9
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >json.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const client = new pg.Client(settings);
await client.connect();
await client.query("CREATE TABLE kept (who text, value jsonb)");
await client.query("INSERT INTO kept VALUES ('pg, an empty list', $1)", [[]]);
await client.query("INSERT INTO kept VALUES ('pg, JSON as text', $1)", ['{"a":1}']);
const sql = postgres({ ...settings, max: 1 });
await sql.unsafe("INSERT INTO kept VALUES ('postgres.js, JSON as text', $1::jsonb)", ['{"a":1}']);
await sql.unsafe("INSERT INTO kept VALUES ('postgres.js, by way of text', $1::text::jsonb)", ['{"a":1}']);
const { rows } = await client.query("SELECT who, jsonb_typeof(value) AS type, value::text FROM kept");
await sql.end();
await client.end();
const stored = rows.map(({ who, type, value }) => `${who}: ${type} ${value}`);
console.log(stored.join("\n"));
const expected = [
  "pg, an empty list: object {}",
  'pg, JSON as text: object {"a": 1}',
  'postgres.js, JSON as text: string "{\\"a\\":1}"',
  'postgres.js, by way of text: object {"a": 1}',
];
process.exit(stored.join() === expected.join() ? 0 : 1);
JS
node json.mjs "$port"
