#!/bin/sh
# One would guess: `FOR UPDATE SKIP LOCKED` passes over the jobs that other workers have taken, and those only.
# What Postgres does: it passes over a row that anybody holds in any way, and takes a lock on each table of the statement.
# Where a child row is written in an open transaction (a line of the job's log, an audit), its foreign key holds the job
# with FOR KEY SHARE, and the job is nowhere to be claimed till that transaction ends, though nobody works on it. And a
# claim that joins the queues to leave out those that are paused locks the queue's row, too: while one worker's claim is
# open, every other worker of the queue is told that there is nothing to do. Both answers are empty, not errors. (`FOR NO KEY
# UPDATE OF job SKIP LOCKED` does what was meant.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >skipped.mjs <<'JS'
import pg from "pg";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const connect = async () => {
  const client = new pg.Client(settings);
  await client.connect();
  return client;
};
const [writer, first, second] = [await connect(), await connect(), await connect()];
await first.query(`
  CREATE TABLE queue(name text PRIMARY KEY, paused boolean NOT NULL);
  CREATE TABLE job(id int PRIMARY KEY, queue text NOT NULL REFERENCES queue);
  CREATE TABLE line(job int NOT NULL REFERENCES job, said text);
  INSERT INTO queue VALUES ('mail', false);
  INSERT INTO job SELECT n, 'mail' FROM generate_series(1, 10) n`);
const ids = async (client, sql) => (await client.query(sql)).rows.map(({ id }) => id).join();
const plain = (lock) => `SELECT id FROM job ORDER BY id ${lock} SKIP LOCKED`;
const joined = (lock) =>
  `SELECT id FROM job JOIN queue ON name = queue WHERE NOT paused ORDER BY id LIMIT 1 ${lock} SKIP LOCKED`;

await writer.query("BEGIN");
await writer.query("INSERT INTO line VALUES (1, 'looked at'), (2, 'looked at')");
const child = { update: await ids(first, plain("FOR UPDATE")), noKey: await ids(first, plain("FOR NO KEY UPDATE")) };
await writer.query("ROLLBACK");

const twoWorkers = async (lock) => {
  await first.query("BEGIN");
  const claims = [await ids(first, joined(lock)), await ids(second, joined(lock))];
  await first.query("ROLLBACK");
  return claims;
};
const join = { update: await twoWorkers("FOR UPDATE"), ofJob: await twoWorkers("FOR UPDATE OF job") };
for (const client of [writer, first, second]) await client.end();
console.log(JSON.stringify({ child, join }));
const all = "1,2,3,4,5,6,7,8,9,10";
const children = child.update === "3,4,5,6,7,8,9,10" && child.noKey === all;
process.exit(children && join.update.join(";") === "1;" && join.ofJob.join(";") === "1;2" ? 0 : 1);
JS
node skipped.mjs "$port"
