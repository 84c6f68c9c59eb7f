#!/bin/sh
# One would guess: a time that is handed to a driver as text is read by the server, as any text is: so a page goes on behind
# `due::text` of its last row, which has the microseconds that a Date has not; `infinity` puts a job on hold for ever; and a time
# without a zone is one of the session's zone.
# What postgres.js 3.4.9 does (PostgreSQL 15): the server tells it that the parameter is a timestamptz, and it makes a Date of the text.
# The microseconds are gone, so that the page begins with the last row again. A time without a zone is one of the machine that sends
# it, here five hours off, in New York. `infinity` and `now` throw "Invalid time value", and `infinity` in an answer is an Invalid
# Date, which is neither before nor after anything. pg 8.23.1 sends the text as it is, and answers Infinity.
# (`${text}::text::timestamptz`.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c autovacuum=off 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >times.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const client = new pg.Client(settings);
await client.connect();
const sql = postgres({ ...settings, max: 1 });
const drivers = { pg: async (...call) => (await client.query(...call)).rows, postgres: (...call) => sql.unsafe(...call) };
const seen = {};
for (const [name, query] of Object.entries(drivers)) {
  await query("SET TIME ZONE 'UTC'");
  await query("CREATE TEMP TABLE job AS SELECT timestamptz '2026-11-30T12:00:00.123456Z' AS due");
  const one = async (text, ...values) => Object.values((await query(text, values))[0])[0];
  const written = (text, cast = "") => one(`SELECT ($1${cast}::timestamptz)::text`, text).catch(({ message }) => message);
  const due = await one("SELECT due::text FROM job");
  seen[name] = {
    rowsBehindTheLast: Number(await one("SELECT count(*) FROM job WHERE due > $1", due)),
    withoutZone: await written("2026-11-30 12:00:00"),
    withoutZoneAsText: await written("2026-11-30 12:00:00", "::text"),
    infinity: await written("infinity"),
    infinityRead: String(await one("SELECT timestamptz 'infinity'")),
  };
}
await sql.end();
await client.end();
console.log(seen);
const expected = {
  pg: ["0", "2026-11-30 12:00:00+00", "2026-11-30 12:00:00+00", "infinity", "Infinity"],
  postgres: ["1", "2026-11-30 17:00:00+00", "2026-11-30 12:00:00+00", "Invalid time value", "Invalid Date"],
};
process.exit(Object.keys(expected).every((name) => Object.values(seen[name]).join() === expected[name].join()) ? 0 : 1);
JS
TZ=America/New_York timeout 60 node times.mjs "$port"
