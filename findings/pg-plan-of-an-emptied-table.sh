#!/bin/sh
# One would guess: a function that forbids scans of whole tables and all joins but nested loops looks for three ids in a large table by
# its primary key, three times. Its plan may well be an old one, made while the table was empty: there is no other way.
# What PostgreSQL 15 does: after a vacuum has found the table empty, the planner expects one row in it. To go through all
# of the primary key's index in its order, and to compare each row with the list, costs nothing then, and is neither a scan of the
# table nor another join. The session keeps this plan: with 100 000 rows, three ids read 100 000 rows, until somebody analyzes the
# table. In a table that no vacuum has seen, it is planned as one would guess. Queues are mostly empty when a vacuum comes, and full
# when it matters. (`id = ANY(ARRAY[other.id])` for `id = other.id`: no index has an order for that.) Exits non-zero once that
# has changed. Needs Debian or a child of it.
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
cat >plans.mjs <<'JS'
import pg from "pg";
const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
await client.connect();
const seen = {};
/** How many rows of the table a plan has read. A filter of a join is further up, so what an index brings is counted whole. */
const count = (node) =>
  (node["Relation Name"] ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"] : 0) +
  (node.Plans ?? []).reduce((sum, part) => sum + count(part), 0);
let read = 0;
client.on("notice", ({ message }) => (read = Math.max(read, count(JSON.parse(message.slice(message.indexOf("{"))).Plan))));
const readBy = async (call) => {
  read = 0;
  await client.query("SET auto_explain.log_min_duration = 0");
  await call();
  await client.query("SET auto_explain.log_min_duration = -1");
  return read;
};
await client.query("LOAD 'auto_explain'");
for (const setting of ["log_nested_statements = on", "log_analyze = on", "log_format = json", "log_level = notice"])
  await client.query(`SET auto_explain.${setting}`);
for (const [name, vacuumed, condition] of [
  ["newTable", false, "j.id = s.id"],
  ["foundEmpty", true, "j.id = s.id"],
  ["foundEmptyByAny", true, "j.id = ANY(ARRAY[s.id])"],
]) {
  await client.query(`CREATE TABLE "${name}"(id text COLLATE "C" PRIMARY KEY, data text)`);
  if (vacuumed) await client.query(`VACUUM ANALYZE "${name}"`);
  await client.query(`CREATE FUNCTION "find_${name}"(list json) RETURNS int8 LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan AS $$
    BEGIN RETURN (SELECT count(j.data) FROM json_to_recordset(list) AS s(id text) JOIN "${name}" j ON ${condition}); END $$`);
  const find = (...ids) => client.query(`SELECT "find_${name}"($1) AS found`, [JSON.stringify(ids.map((id) => ({ id })))]);
  await find("1");
  await client.query(`INSERT INTO "${name}" SELECT n::text, 'x' FROM generate_series(1, 100000) n`);
  const three = () => find("1", "50000", "100000");
  const rowsRead = await readBy(three);
  await client.query(`ANALYZE "${name}"`);
  seen[name] = { rowsRead, afterAnAnalyze: await readBy(three) };
}
await client.end();
console.log(seen);
const { newTable, foundEmpty, foundEmptyByAny } = seen;
process.exit(newTable.rowsRead === 3 && foundEmpty.rowsRead >= 100_000 && foundEmpty.afterAnAnalyze === 3 && foundEmptyByAny.rowsRead === 3 ? 0 : 1);
JS
node plans.mjs "$port"
