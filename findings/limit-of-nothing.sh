#!/bin/sh
# One would guess: `… LIMIT $1` with the number of free places claims that many jobs, and where the number is none at all (an
# option that was not given is `undefined`) or below 0 (the concurrency was lowered while jobs run), the database refuses it.
# What they do: Postgres takes NULL for no limit, and pg 8.23.1 sends `undefined` as NULL; SQLite refuses NULL and takes each
# number below 0 for no limit. So with a misspelled option on the one, with one job too many on the other, a worker that
# wanted one claims all that wait: here all 1 000. Each refuses what the other takes, so that a test on one of them tells
# nothing. (`Math.max(0, …)`, and a check that it is a whole number.) Exits non-zero once that has changed. Needs Debian or a
# child of it.
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
npm install --silent --no-audit --no-fund pg@8.23.1 node@24.21.0
npm rebuild --silent node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >limit.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
const client = new pg.Client({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" });
await client.connect();
await client.query("CREATE TABLE job AS SELECT id, 'waiting' AS state FROM generate_series(1, 1000) AS id");
const sqlite = new DatabaseSync(":memory:");
sqlite.exec("CREATE TABLE job(id INTEGER PRIMARY KEY, state TEXT)");
for (let id = 1; id <= 1000; id++) sqlite.exec(`INSERT INTO job VALUES (${id}, 'waiting')`);

const claim = (limit) =>
  `WITH chosen AS MATERIALIZED (SELECT id FROM job WHERE state = 'waiting' ORDER BY id LIMIT ${limit})
   UPDATE job SET state = 'active' FROM chosen WHERE job.id = chosen.id RETURNING job.id`;
const claimed = async (run) => {
  try {
    return (await run()).length;
  } catch ({ message }) {
    return message;
  }
};
const { concurrency } = { concurency: 1 };
const inPostgres = async (limit) => (await client.query(claim("$1"), [limit])).rows;
const inSqlite = (limit) => sqlite.prepare(claim("?1")).all(limit);
const seen = {
  postgres: { below: await claimed(() => inPostgres(-1)), none: await claimed(() => inPostgres(concurrency)) },
  sqlite: { none: await claimed(() => inSqlite(null)), below: await claimed(() => inSqlite(-1)) },
};
console.log(seen);
await client.end();
const refused = typeof seen.postgres.below === "string" && typeof seen.sqlite.none === "string";
process.exit(refused && seen.postgres.none === 1000 && seen.sqlite.below === 1000 ? 0 : 1);
JS
node_modules/.bin/node --no-warnings limit.mjs "$port"
