#!/bin/sh
# One would guess: what a column's value is in JavaScript depends on the column: `int[]` comes from `Bun.SQL` as an array of
# numbers, as from pg and postgres.js, however the rows were chosen.
# What Bun 1.4.5 does: it is an Array if the statement has no parameter, and an Int32Array as soon as it has one (the answer is
# binary then). `JSON.stringify` makes `{"0":1,"1":2}` of it, `Array.isArray` says no, `map` to texts gives zeros, and `push` is
# missing. `text[]`, `float8[]` and `int8[]` are Arrays in both. A retry log of attempts that a test reads by `SELECT *` is fine,
# and broken in production by `WHERE id = ${id}`. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund bun@1.4.5
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >arrays.mjs <<'JS'
import { SQL } from "bun";
const sql = new SQL({ url: `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`, max: 1 });
await sql`CREATE TABLE job(id int, attempts int[], tags text[], weights float8[])`;
await sql`INSERT INTO job VALUES (1, '{1,2}', '{a,b}', '{1.5,2}')`;
const kinds = ([row]) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value.constructor.name]));
const [{ attempts }] = await sql`SELECT * FROM job WHERE id = ${1}`;
const seen = {
  without: kinds(await sql`SELECT * FROM job`),
  withOne: kinds(await sql`SELECT * FROM job WHERE id = ${1}`),
  json: JSON.stringify(attempts),
  texts: [...attempts.map((attempt) => `#${attempt}`)],
};
console.log(seen);
await sql.end();
const { without, withOne } = seen;
const others = withOne.tags === "Array" && withOne.weights === "Array";
process.exit(without.attempts === "Array" && withOne.attempts === "Int32Array" && others && seen.texts.join() === "0,0" ? 0 : 1);
JS
node_modules/.bin/bun arrays.mjs "$port"
