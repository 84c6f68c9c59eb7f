#!/bin/sh
# One would guess: `ON CONFLICT (key) WHERE state = $2 DO NOTHING`, with a partial unique index on the waiting jobs and
# `$2 = 'waiting'`, works or fails the same way each time.
# What Postgres does with a prepared statement (pg 8.23.1 with a `name`; postgres 3.4.9 prepares every statement): it works
# five times on each connection, where the plan is made for the values at hand, and `state = 'waiting'` is the index's own
# condition. For the sixth it makes a plan for any value, finds no index for that, and fails with 42P10, "there is no unique
# or exclusion constraint matching": from then on always, on this connection. So tests pass, and so does the first minute
# after each start. (The condition as a literal.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund pg@8.23.1 postgres@3.4.9
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >sixth.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const client = new pg.Client(settings);
await client.connect();
await client.query("CREATE TABLE job(key text, state text)");
await client.query("CREATE UNIQUE INDEX waiting ON job(key) WHERE state = 'waiting'");
const sql = postgres({ ...settings, max: 1 });
const waiting = "waiting";

const enqueue = {
  pg: (key) =>
    client.query({
      name: "enqueue",
      text: "INSERT INTO job VALUES ($1, $2) ON CONFLICT (key) WHERE state = $2 DO NOTHING",
      values: [key, waiting],
    }),
  postgres: (key) =>
    sql`INSERT INTO job VALUES (${key}, ${waiting}) ON CONFLICT (key) WHERE state = ${waiting} DO NOTHING`,
};
const seen = {};
for (const [name, insert] of Object.entries(enqueue)) {
  seen[name] = [];
  for (let turn = 1; turn <= 8; turn++) {
    seen[name].push(
      await insert(`${name} ${turn}`).then(
        () => "stored",
        ({ code }) => code,
      ),
    );
  }
}
await sql.end();
await client.end();
console.log(JSON.stringify(seen));
const expected = [..."12345"].map(() => "stored").concat("42P10", "42P10", "42P10").join();
process.exit(seen.pg.join() === expected && seen.postgres.join() === expected ? 0 : 1);
JS
node sixth.mjs "$port"
