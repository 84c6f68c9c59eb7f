#!/bin/sh
# One would guess: a query of pg that fails with its `query_timeout` did not happen, or is at least cancelled: whoever
# repeats it inserts one row.
# What pg 8.23.1 does: the timeout ends only the wait. The statement goes on in the server and commits, so after a
# repetition there are two rows. (`statement_timeout`, which the server obeys; and an id of one's own, so that repeating is
# safe.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >timeout.mjs <<'JS'
import pg from "pg";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const other = new pg.Client(settings);
await other.connect();
await other.query("CREATE TABLE orders (id text)");
const pool = new pg.Pool({ ...settings, query_timeout: 200 });
const insert = () => pool.query("INSERT INTO orders SELECT 'one' FROM pg_sleep(2)").then(() => "done", (error) => error.message);
const answers = [await insert(), await insert()];
const count = async () => Number((await other.query("SELECT count(*) FROM orders")).rows[0].count);
const running = async () =>
  (await other.query("SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'INSERT%'")).rows.length;
const before = await count();
while ((await running()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
const after = await count();
await other.end();
console.log(JSON.stringify({ answers, before, after }));
process.exit(answers.join() === "Query read timeout,Query read timeout" && before === 0 && after === 2 ? 0 : 1);
JS
node timeout.mjs "$port"
