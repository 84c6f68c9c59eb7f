#!/bin/sh
# One would guess: a claim that chooses the five most urgent jobs, `ORDER BY priority LIMIT 5 FOR UPDATE SKIP LOCKED`, and
# marks them `RETURNING *` answers them in that order; or in any order, by chance. A worker that starts what it was given one
# by one starts the most urgent first.
# What PostgreSQL 15 does: the order is that of the plan that finds them again, and not by chance. By their primary key they
# come in the order of ids, so where what came last is the most urgent, each claim answers its jobs backwards, the most urgent
# one last; in a queue whose priorities are all alike, as in most tests, it looks right. All three forms of the claim do it:
# FROM, a materialized CTE, `= ANY(ARRAY(…))`. (The order again, around the update or in the worker.) Exits non-zero once that
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
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >backwards.mjs <<'JS'
import pg from "pg";
const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
await client.connect();
await client.query("CREATE TABLE job(id int PRIMARY KEY, priority int, state text)");
const chosen = "SELECT id FROM job WHERE state = 'waiting' ORDER BY priority, id LIMIT 5 FOR UPDATE SKIP LOCKED";
const forms = {
  from: `UPDATE job SET state = 'active' FROM (${chosen}) AS c WHERE job.id = c.id RETURNING job.id, priority`,
  cte: `WITH c AS MATERIALIZED (${chosen}) UPDATE job SET state = 'active' FROM c WHERE job.id = c.id RETURNING job.id, priority`,
  array: `UPDATE job SET state = 'active' WHERE id = ANY(ARRAY(${chosen})) RETURNING id, priority`,
};
/** The priorities that each form of the claim answers, with jobs whose priorities are given by `priority`. */
const claims = async (priority) => {
  await client.query("TRUNCATE job");
  await client.query(`INSERT INTO job SELECT id, ${priority}, 'waiting' FROM generate_series(1, 1000) AS id`);
  await client.query("ANALYZE job");
  const seen = {};
  for (const [form, sql] of Object.entries(forms)) {
    const { rows } = await client.query(sql);
    const sorted = rows.toSorted((a, b) => a.priority - b.priority || a.id - b.id);
    const same = (other) => rows.every((row, at) => row === other[at]);
    seen[form] = same(sorted) ? "in order" : same(sorted.reverse()) ? "backwards" : "mixed";
  }
  return seen;
};
const alike = await claims("1");
const urgentLast = await claims("1001 - id");
console.log({ alike, urgentLast });
await client.end();
const all = (seen, word) => Object.values(seen).every((is) => is === word);
process.exit(all(alike, "in order") && all(urgentLast, "backwards") ? 0 : 1);
JS
node backwards.mjs "$port"
