#!/bin/sh
# One would guess: a migration `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS` that failed, since there were two jobs of one key,
# is run again once one of them is removed, and makes the index; where it succeeds, keys are unique.
# What PostgreSQL 15 does: the failed try leaves an index of that name behind that is not valid. `IF NOT EXISTS` looks at the name
# alone, so the second run succeeds with a notice, which pg shows only to who listens for it, and does nothing: the
# migration is noted as done, the same key is inserted twice with no error, no query uses the index, and only `ON CONFLICT
# (key)` says that there is none. (`DROP INDEX CONCURRENTLY IF EXISTS` first, or ask `pg_index.indisvalid`.) Exits non-zero once
# that has changed. Needs Debian or a child of it.
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
cat >migrate.mjs <<'JS'
import pg from "pg";
const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
await client.connect();
const tried = (text) => client.query(text).then(() => "done", ({ code }) => code);
const migration = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS job_key ON job (key)";
await client.query("CREATE TABLE job (id serial PRIMARY KEY, key text)");
await client.query("INSERT INTO job (key) VALUES ('report'), ('report')");
const seen = {
  first: await tried(migration),
  removed: await tried("DELETE FROM job WHERE id = 2"),
  again: await tried(migration),
  duplicate: await tried("INSERT INTO job (key) VALUES ('report')"),
  upsert: await tried("INSERT INTO job (key) VALUES ('mail') ON CONFLICT (key) DO NOTHING"),
};
const { rows } = await client.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'job_key'::regclass");
await client.query("DELETE FROM job");
await client.query("DROP INDEX CONCURRENTLY IF EXISTS job_key");
const anew = await tried(migration);
await client.query("INSERT INTO job (key) VALUES ('report')");
const refused = await tried("INSERT INTO job (key) VALUES ('report')");
console.log({ ...seen, valid: rows[0]?.indisvalid, anew, refused });
await client.end();
const surprising = Object.values(seen).join() === "23505,done,done,done,42P10" && rows[0]?.indisvalid === false;
process.exit(surprising && anew === "done" && refused === "23505" ? 0 : 1);
JS
node migrate.mjs "$port"
