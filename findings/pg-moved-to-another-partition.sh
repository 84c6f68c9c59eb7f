#!/bin/sh
# One would guess: with a table of jobs that is partitioned by `state` (so that what is done can be dropped as a whole), an
# update of a job that another worker is just moving waits for that one's commit and looks again, as with any table at READ
# COMMITTED: it finds the job in its new state, or finds no row.
# What PostgreSQL 15 does: a change of the partition is a delete here and an insert there, and whoever waited for the row gets
# 40001, "tuple to be locked was already moved to another partition", an error that is known of other isolation levels, and
# its transaction is lost: a cancel, a renewed lease, a plain `SELECT … FOR UPDATE`, each time that two of them meet at one
# job. The same statements on the same table without partitions answer a row, or none. Exits non-zero once that has changed.
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
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >moved.mjs <<'JS'
import pg from "pg";
const open = async () => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
  await client.connect();
  return client;
};
const [worker, other, observer] = [await open(), await open(), await open()];
await observer.query("CREATE TABLE plain(id int, state text, note text)");
await observer.query("CREATE TABLE parted(id int, state text, note text) PARTITION BY LIST (state)");
for (const state of ["waiting", "active"])
  await observer.query(`CREATE TABLE ${state} PARTITION OF parted FOR VALUES IN ('${state}')`);
const answer = (query) => query.then(({ rowCount }) => rowCount, ({ code }) => code);
const blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'";
const statements = [
  (job) => `UPDATE ${job} SET note = 'cancel it' WHERE id = 1`,
  (job) => `DELETE FROM ${job} WHERE id = 1 AND state = 'waiting'`,
  (job) => `SELECT FROM ${job} WHERE id = 1 FOR UPDATE`,
];
const seen = {};
for (const job of ["plain", "parted"]) {
  seen[job] = [];
  for (const statement of statements) {
    await observer.query(`DELETE FROM ${job}`);
    await observer.query(`INSERT INTO ${job} VALUES (1, 'waiting')`);
    await worker.query("BEGIN");
    await worker.query(`UPDATE ${job} SET state = 'active' WHERE id = 1`);
    const waits = answer(other.query(statement(job)));
    while ((await observer.query(blocked)).rowCount === 0);
    await worker.query("COMMIT");
    seen[job].push(await waits);
  }
}
console.log(seen);
for (const client of [worker, other, observer]) await client.end();
process.exit(seen.plain.join() === "1,0,1" && seen.parted.join() === "40001,40001,40001" ? 0 : 1);
JS
node moved.mjs "$port"
