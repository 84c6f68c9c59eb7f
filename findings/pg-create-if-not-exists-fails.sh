#!/bin/sh
# One would guess: `CREATE TABLE IF NOT EXISTS job (…)`, which each worker runs as it starts, never fails because the table exists. Where
# two of them start at the same moment, one makes it, the other one waits for that, sees it, and says "already exists, skipping".
# What PostgreSQL 15 does: it looks first, sees nothing, and then inserts into its catalogs, where the second one waits for the first
# and fails with 23505, the code of a job that is there already: 'duplicate key value violates unique constraint
# "pg_type_typname_nsp_index"'. So do a schema, a sequence, an extension and an index with IF NOT EXISTS, and CREATE OR REPLACE
# FUNCTION of a new one. (`ALTER TABLE … ADD COLUMN IF NOT EXISTS` locks the table first, and is as guessed.) One process of a
# deploy, or one file of a test run, dies at its start, once, on the day when the database is new. (An advisory lock around it, or
# again.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund pg@8.23.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c autovacuum=off 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >start.mjs <<'JS'
import pg from "pg";
const connect = async () => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
  await client.connect();
  return client;
};
const [first, second, observer] = [await connect(), await connect(), await connect()];
await first.query("CREATE TABLE old(id int)");
const waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
const seen = {};
for (const statement of [
  "CREATE TABLE IF NOT EXISTS job(id int PRIMARY KEY)",
  "CREATE SCHEMA IF NOT EXISTS queue",
  "CREATE SEQUENCE IF NOT EXISTS number",
  "CREATE EXTENSION IF NOT EXISTS pgcrypto",
  "CREATE INDEX IF NOT EXISTS job_id ON old(id)",
  "CREATE OR REPLACE FUNCTION claim() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  "ALTER TABLE old ADD COLUMN IF NOT EXISTS due timestamptz",
]) {
  await first.query("BEGIN");
  await first.query(statement);
  const answer = second.query(statement).then(() => "made or skipped", ({ code, constraint }) => `${code} ${constraint}`);
  while ((await observer.query(waits)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await first.query("COMMIT");
  seen[statement.split("(")[0]] = await answer;
  // Once the first one is committed it is as guessed.
  await second.query(statement);
}
for (const client of [first, second, observer]) await client.end();
console.log(seen);
const answers = Object.values(seen);
const last = answers.pop();
process.exit(answers.every((answer) => /^23505 pg_\w+_index$/.test(answer)) && last === "made or skipped" ? 0 : 1);
JS
timeout 60 node start.mjs "$port"
