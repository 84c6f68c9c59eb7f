#!/bin/sh
# One would guess: a transaction at REPEATABLE READ sees each table as it was when the transaction began. A migration that comes in
# between either waits for it or shows it the old rows: "readers never block writers", and a report or an export never sees half a state.
# What PostgreSQL 15 does: a migration that writes the table anew (a column with a default that is made for each row, such as
# `gen_random_uuid()`; another type, `int` to `bigint`) stores all rows as of now, so that a transaction which began earlier, and has not
# looked at this table yet, finds it empty: no row, no error. A comparison of two tables in one transaction, done for its consistency,
# finds that no order has a job, and makes them all again; the insert then fails with a duplicate key of a row that nobody can see, or,
# after a TRUNCATE, is carried out. A column with a constant default, and VACUUM FULL, are as guessed.
# (`LOCK TABLE … IN ACCESS SHARE MODE` for all its tables as the first thing.) Exits non-zero once that has changed.
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
npm install --silent --no-audit --no-fund pg@8.23.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c autovacuum=off 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >migrate.mjs <<'JS'
import pg from "pg";
const connect = async () => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
  await client.connect();
  return client;
};
const [report, migration] = [await connect(), await connect()];
await migration.query(`CREATE TABLE "order"(id int); INSERT INTO "order" SELECT generate_series(1, 100)`);
const seen = {};
for (const change of [
  "ALTER TABLE job ADD COLUMN token uuid DEFAULT gen_random_uuid()",
  "ALTER TABLE job ALTER COLUMN id TYPE bigint",
  "TRUNCATE job",
  "ALTER TABLE job ADD COLUMN attempts int DEFAULT 0",
  "VACUUM FULL job",
]) {
  await migration.query(`DROP TABLE IF EXISTS job; CREATE TABLE job AS SELECT id FROM "order"; ALTER TABLE job ADD PRIMARY KEY (id)`);
  await report.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  const orders = await report.query(`SELECT FROM "order"`);
  await migration.query(change);
  const jobs = await report.query("SELECT FROM job");
  const insert = await report.query("INSERT INTO job(id) VALUES (17)").then(() => "inserted", ({ code }) => code);
  await report.query("ROLLBACK");
  seen[change] = `${orders.rowCount} orders, ${jobs.rowCount} jobs, insert: ${insert}`;
}
for (const client of [report, migration]) await client.end();
console.log(seen);
const [unseen, all] = ["100 orders, 0 jobs, insert:", "100 orders, 100 jobs, insert: 23505"];
const expected = [`${unseen} 23505`, `${unseen} 23505`, `${unseen} inserted`, all, all];
process.exit(Object.values(seen).join() === expected.join() ? 0 : 1);
JS
timeout 60 node migrate.mjs "$port"
