#!/bin/sh
# One would guess: `MERGE … WHEN MATCHED THEN UPDATE … WHEN NOT MATCHED THEN INSERT` on the primary key is the standard's
# upsert, one statement, and so as safe as `INSERT … ON CONFLICT DO UPDATE`: of two workers that count the same key one waits
# for the other.
# What PostgreSQL 15 does: it looks once whether the key is there, and inserts if it was not. The second of two waits for the
# first, as guessed, and then fails with 23505, "duplicate key value violates unique constraint": the very error that an
# upsert is written to be spared. Where the row is there already both update it, so it only happens to what is new, and to it
# when it is busiest: the first calls of an hour's counter, a job's key sent twice. Exits non-zero once that has changed.
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
cat >merge.mjs <<'JS'
import pg from "pg";
const open = async () => {
  const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
  await client.connect();
  return client;
};
const [first, second, observer] = [await open(), await open(), await open()];
await observer.query("CREATE TABLE calls(hour text PRIMARY KEY, amount int)");
const merge = (hour) => `MERGE INTO calls USING (VALUES ('${hour}')) AS given(hour) ON calls.hour = given.hour
  WHEN MATCHED THEN UPDATE SET amount = calls.amount + 1 WHEN NOT MATCHED THEN INSERT VALUES (given.hour, 1)`;
const upsert = (hour) => `INSERT INTO calls VALUES ('${hour}', 1) ON CONFLICT (hour) DO UPDATE SET amount = calls.amount + 1`;
const blocked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'";
const seen = {};
for (const [name, sql] of Object.entries({ merge: merge("new"), mergeAgain: merge("new"), upsert: upsert("newer") })) {
  await first.query("BEGIN");
  await first.query(sql);
  const waits = second.query(sql).then(({ rowCount }) => rowCount, ({ code }) => code);
  while ((await observer.query(blocked)).rowCount === 0);
  await first.query("COMMIT");
  seen[name] = await waits;
}
console.log(seen);
for (const client of [first, second, observer]) await client.end();
process.exit(seen.merge === "23505" && seen.mergeAgain === 1 && seen.upsert === 1 ? 0 : 1);
JS
node merge.mjs "$port"
