#!/bin/sh
# One would guess: `drizzle(sql)` is a layer above a client of postgres.js, and whoever else uses `sql` (a job queue that was
# given the same client, a query by hand) does not notice it.
# What drizzle-orm 0.45.4 does: it replaces the client's own readers and writers of dates and times. From then on the client
# refuses a Date as a parameter with a TypeError, and each statement that it has not prepared before answers text where the
# same column was a Date a line earlier: "1970-01-01 00:00:00+00", so that `due < new Date()` is false for ever. Whether that
# has happened depends on which module was loaded first. (A client of its own for each.) Exits non-zero once that has
# changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund drizzle-orm@0.45.4 postgres@3.4.9
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >shared.mjs <<'JS'
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
const sql = postgres(`postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`, { max: 1 });
const past = new Date(0);
const look = async (statement) => {
  const [{ due }] = await statement();
  const parameter = await sql`SELECT ${past}::timestamptz AS due`.then(
    () => "taken",
    (error) => error.name,
  );
  return `${due.constructor.name}, ${due < new Date() ? "past" : "not past"}, parameter: ${parameter}`;
};
const one = () => sql`SELECT '1970-01-01 00:00:00Z'::timestamptz AS due`;
const other = () => sql`SELECT '1970-01-01 00:00:00Z'::timestamptz AS due LIMIT 1`;
const before = await look(one);
drizzle(sql);
const after = { one: await look(one), other: await look(other) };
await sql.end();
console.log({ before, after });
const same = before === "Date, past, parameter: taken" && after.one === "Date, past, parameter: TypeError";
process.exit(same && after.other === "String, not past, parameter: TypeError" ? 0 : 1);
JS
node shared.mjs "$port"
