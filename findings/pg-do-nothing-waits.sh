#!/bin/sh
# One would guess: `INSERT … ON CONFLICT DO NOTHING` never waits: an id is there, or it is not. So two producers that enqueue the
# same ids in whatever order, each in its transaction, cannot get into each other's way.
# What PostgreSQL 15 does: an id that another transaction has inserted and not yet committed is neither. The statement waits for
# that transaction's end, and two that go through the ids in opposite order deadlock: the server undoes one of them, with
# everything else in its transaction. Sorted ids in one statement avoid it. Exits non-zero once that has changed. Needs
# Debian or a child of it.
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
cat >nothing.mjs <<'JS'
import pg from "pg";
const open = async () => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
  await client.connect();
  return client;
};
const [first, second, observer] = [await open(), await open(), await open()];
await observer.query("CREATE TABLE job(id text PRIMARY KEY)");
await observer.query("CREATE TABLE invoice(n int)");
const enqueue = (client, id) =>
  client.query("INSERT INTO job VALUES ($1) ON CONFLICT DO NOTHING", [id]).then(
    ({ rowCount }) => `inserted ${rowCount}`,
    ({ code }) => code,
  );
for (const client of [first, second]) {
  await client.query("BEGIN");
  await client.query("INSERT INTO invoice VALUES (1)");
}
await enqueue(first, "one");
await enqueue(second, "two");
const waits = enqueue(first, "two");
const blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO job%'";
while ((await observer.query(blocked)).rowCount === 0);
const answers = await Promise.all([waits, enqueue(second, "one")]);
for (const client of [first, second]) await client.query("COMMIT");
const invoices = (await observer.query("SELECT count(*)::int AS amount FROM invoice")).rows[0].amount;
console.log({ answers, invoices });
for (const client of [first, second, observer]) await client.end();
process.exit([...answers].sort().join() === "40P01,inserted 1" && invoices === 1 ? 0 : 1);
JS
node nothing.mjs "$port"
