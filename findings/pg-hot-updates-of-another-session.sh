#!/bin/sh
# One would guess: whether an update of a row is heap-only (HOT: no index is written) is the table's own affair. It takes
# columns that no index holds and room in the page, which `fillfactor 50` leaves; a session that has never touched the
# table changes nothing. A test, or a capacity plan, that counts `n_tup_hot_upd` can rely on it.
# What PostgreSQL 15 does: the room comes from old versions that the next update of the page removes, and these stay for
# as long as any session of this database has a snapshot that is older, a report that reads another table, say. Then one
# round of updates fills the pages, and every second round moves all rows to other pages and writes all indexes. The same
# snapshot in another database of the server does no harm. (A queue whose claims rely on HOT updates: no long report in
# its database, or a database of its own.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >hot.mjs <<'JS'
import pg from "pg";
const open = async (database) => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database });
  await client.connect();
  return client;
};
const queue = await open("postgres");
await queue.query("CREATE DATABASE reports");
await queue.query("CREATE TABLE sales(amount int)");
/** The share of ten rounds of updates of 1 000 leases that wrote no index. */
const share = async (table) => {
  await queue.query(`CREATE TABLE ${table}(id int PRIMARY KEY, lease int, data text) WITH (fillfactor = 50)`);
  await queue.query(`INSERT INTO ${table} SELECT n, 0, repeat('x', 100) FROM generate_series(1, 1000) n`);
  for (let round = 1; round <= 10; round++) await queue.query(`UPDATE ${table} SET lease = ${round}`);
  await queue.query("SELECT pg_stat_force_next_flush()");
  const { rows } = await queue.query(`SELECT n_tup_hot_upd * 100 / n_tup_upd AS hot FROM pg_stat_user_tables WHERE relname = '${table}'`);
  return Number(rows[0].hot);
};
const reading = async (database) => {
  const report = await open(database);
  await report.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await report.query(database === "postgres" ? "SELECT sum(amount) FROM sales" : "SELECT 1");
  return report;
};
const seen = { alone: await share("alone") };
const elsewhere = await reading("reports");
seen.besideAReportInAnotherDatabase = await share("elsewhere");
await elsewhere.end();
const beside = await reading("postgres");
seen.besideAReportInThisDatabase = await share("beside");
await beside.end();
await queue.end();
console.log(seen);
process.exit(seen.alone >= 95 && seen.besideAReportInAnotherDatabase >= 95 && seen.besideAReportInThisDatabase <= 60 ? 0 : 1);
JS
node hot.mjs "$port"
