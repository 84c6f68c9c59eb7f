#!/bin/sh
# One would guess: with postgres.js, ``sql`INSERT INTO job ${sql(jobs)}` `` stores each of the objects with all its fields, and what one of
# them has not gets the column's default, as knex does with the same list.
# What postgres 3.4.9 does: the columns are those of the first object. What only a later one has is left out without a word: here the
# mail that is for tomorrow, and last in its priority, is due now and goes with the others, since the first of the list had neither
# field. The other way round, where the first one has more, it is an error. (The names of all columns, `sql(jobs, "id", "due")`, and
# a value for each.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund postgres@3.4.9 knex@3.3.0 pg@8.23.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >rows.mjs <<'JS'
import knex from "knex";
import postgres from "postgres";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const sql = postgres({ ...connection, max: 1 });
const db = knex({ client: "pg", connection });
await sql`CREATE TABLE job(id text PRIMARY KEY, due timestamptz DEFAULT now(), priority int DEFAULT 5)`;
const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);
const jobs = (by) => [{ id: `${by} now` }, { id: `${by} tomorrow`, due: tomorrow, priority: 9 }];

await sql`INSERT INTO job ${sql(jobs("postgres"))}`;
await db("job").insert(jobs("knex"));
const reversed = await sql`INSERT INTO job ${sql(jobs("reversed").reverse())}`.catch(({ code }) => code);
const rows = await sql`SELECT id, due <= now() AS is_due, priority FROM job ORDER BY id`;
await sql.end();
await db.destroy();
const stored = Object.fromEntries(rows.map(({ id, is_due, priority }) => [id, `${is_due ? "due" : "later"}, priority ${priority}`]));
console.log({ ...stored, reversed });
const now = "due, priority 5";
const expected = { "knex now": now, "knex tomorrow": "later, priority 9", "postgres now": now, "postgres tomorrow": now };
process.exit(JSON.stringify(stored) === JSON.stringify(expected) && reversed === "UNDEFINED_VALUE" ? 0 : 1);
JS
node rows.mjs "$port"
