#!/bin/sh
# One would guess: to fetch the next job of an empty queue, or of one with a single job, costs two or three pages, as any
# `ORDER BY due LIMIT 1` by an index does, however many jobs have come and gone. What was deleted is passed over once: the scan marks
# its index entries as dead, so that the next one need not look at them.
# What PostgreSQL 15 does: the marks spare the visit of the table, and no page of the index. Until a vacuum has run, each
# fetch reads all pages of the index that the ended jobs have left before the next one; only where new entries fill such a page is it
# cleaned, and those of a queue go to the other end. A server vacuums once a minute at most (`autovacuum_naptime`), so a queue of
# 3 000 jobs a second goes through the pages of up to 180 000 ended ones at each fetch, and slows down and speeds up once a minute. (A
# queue in a table: a shorter nap, and fetch several jobs at a time.) Exits non-zero once that has changed. Needs Debian or a child
# of it.
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
cat >past.mjs <<'JS'
import pg from "pg";
const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
await client.connect();
await client.query("CREATE TABLE job(id int PRIMARY KEY, due int, data text)");
await client.query("CREATE INDEX job_due ON job(due)");
await client.query("SET enable_seqscan = off");
/** How many pages it reads to find the next job. */
const pages = async () => {
  const { rows } = await client.query("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id FROM job ORDER BY due LIMIT 1");
  const { Plan: plan } = rows[0]["QUERY PLAN"][0];
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
};
const add = (from, to) => client.query(`INSERT INTO job SELECT n, n, 'x' FROM generate_series(${from}, ${to}) n`);
await add(1, 1_000);
const seen = { ofAThousand: await pages() };
await client.query("DELETE FROM job");
for (let n = 1_001; n <= 100_000; n += 1_000) {
  await add(n, n + 999);
  await client.query("DELETE FROM job");
}
seen.emptyAfter100000 = await pages();
seen.onceMore = await pages();
seen.andAgain = await pages();
await add(200_001, 200_001);
seen.withOneJob = await pages();
await client.query("VACUUM job");
seen.afterAVacuum = await pages();
await client.end();
console.log(seen);
process.exit(seen.ofAThousand <= 5 && seen.andAgain >= 200 && seen.withOneJob >= 200 && seen.afterAVacuum <= 5 ? 0 : 1);
JS
node past.mjs "$port"
