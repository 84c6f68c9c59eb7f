#!/bin/sh
# One would guess: a migration that only adds a column, with no default and no rewrite, disturbs no process that runs: its claim,
# `UPDATE … RETURNING *`, prepared as it is on each connection, answers a field more from then on, or the old ones.
# What PostgreSQL 15 does: the shape of a prepared statement's answer is fixed, and it fails with "cached plan must not change result
# type", each time, on each connection that has prepared it, until that is closed. What pg 8.23.1 does, for a query with a `name`: it keeps
# the statement, so that the worker claims nothing until somebody restarts it. What postgres.js 3.4.9 does, which prepares all: outside of
# a transaction it prepares anew and nobody notices; in one, where that comes too late, the transaction fails, once on each
# connection. (Name the columns: with `RETURNING id, state` nothing happens.) Exits non-zero once that has changed.
# Needs Debian or a child of it.
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
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c autovacuum=off 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >column.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const client = new pg.Client(settings);
await client.connect();
const [sql, inTransactions] = [postgres({ ...settings, max: 1 }), postgres({ ...settings, max: 1 })];
await client.query("CREATE TABLE job(id int, state text); INSERT INTO job VALUES (1, 'waiting')");

const all = "UPDATE job SET state = 'active' WHERE id = $1 RETURNING *";
const named = "UPDATE job SET state = 'active' WHERE id = $1 RETURNING id, state";
const ways = {
  pg: async () => (await client.query({ name: "all", text: all, values: [1] })).rows,
  "pg, columns named": async () => (await client.query({ name: "named", text: named, values: [1] })).rows,
  postgres: () => sql`UPDATE job SET state = 'active' WHERE id = ${1} RETURNING *`,
  "postgres, transaction": () => inTransactions.begin((tx) => tx`UPDATE job SET state = 'active' WHERE id = ${1} RETURNING *`),
};
const seen = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
const claims = async () => {
  for (const [name, way] of Object.entries(ways))
    seen[name].push(await way().then(([row]) => `${Object.keys(row).length} fields`, ({ message }) => message));
};
await claims();
await client.query("ALTER TABLE job ADD COLUMN due timestamptz");
for (let n = 0; n < 3; n++) await claims();
for (const one of [client, sql, inTransactions]) await one.end();
console.log(seen);
const failed = "cached plan must not change result type";
const expected = {
  pg: ["2 fields", failed, failed, failed],
  "pg, columns named": ["2 fields", "2 fields", "2 fields", "2 fields"],
  postgres: ["2 fields", "3 fields", "3 fields", "3 fields"],
  "postgres, transaction": ["2 fields", failed, "3 fields", "3 fields"],
};
process.exit(Object.keys(expected).every((name) => seen[name].join() === expected[name].join()) ? 0 : 1);
JS
timeout 60 node column.mjs "$port"
