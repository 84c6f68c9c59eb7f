#!/bin/sh
# One would guess: two workers at SERIALIZABLE that claim with `FOR UPDATE SKIP LOCKED` and get different jobs have nothing to
# do with each other: SKIP LOCKED is what keeps them apart, and the strictest level only costs time.
# What PostgreSQL 15 does: the claim of each has read the jobs that the other one changed, on its way to those that it took,
# and that is remembered whether they were locked or not. Of two workers that claim at the same time, jobs 1 to 5 and 6 to 10,
# one commits and the other gets 40001 at its commit: the more workers the more of them, and the work that was done in that
# transaction is undone. At READ COMMITTED, and at REPEATABLE READ, both commit. (The claim in a transaction of its own at
# READ COMMITTED.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >serializable.mjs <<'JS'
import pg from "pg";
const open = async () => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
  await client.connect();
  return client;
};
const workers = [await open(), await open()];
const claim = `UPDATE job SET state = 'active' WHERE id = ANY(ARRAY(
  SELECT id FROM job WHERE state = 'waiting' ORDER BY id LIMIT 5 FOR UPDATE SKIP LOCKED)) RETURNING id`;
await workers[0].query("CREATE TABLE job AS SELECT id, 'waiting' AS state FROM generate_series(1, 1000) AS id");
await workers[0].query("ALTER TABLE job ADD PRIMARY KEY (id)");
await workers[0].query("CREATE INDEX ON job(id) WHERE state = 'waiting'");
await workers[0].query("VACUUM ANALYZE job");
const seen = {};
for (const level of ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]) {
  for (const worker of workers) await worker.query(`BEGIN ISOLATION LEVEL ${level}`);
  const claimed = [];
  for (const worker of workers) claimed.push(...(await worker.query(claim)).rows.map(({ id }) => id));
  const commits = [];
  for (const worker of workers)
    commits.push(await worker.query("COMMIT").then(({ command }) => command, ({ code }) => code));
  seen[level] = { different: new Set(claimed).size, commits: commits.join() };
}
console.log(seen);
for (const worker of workers) await worker.end();
const is = (level, commits) => seen[level].different === 10 && seen[level].commits === commits;
const others = is("READ COMMITTED", "COMMIT,COMMIT") && is("REPEATABLE READ", "COMMIT,COMMIT");
process.exit(others && is("SERIALIZABLE", "COMMIT,40001") ? 0 : 1);
JS
node serializable.mjs "$port"
