#!/bin/sh
# One would guess: `pg_try_advisory_lock` through a pool answers true to one of two who ask in turn, and false to the other,
# until the first gives it back: that is what a cron that runs in one place at a time is built of.
# What Postgres with pg 8.23.1 does: the lock is its connection's, and counted. Each `pool.query` takes any free connection,
# the same one as a rule: who asks second gets true as well, and both do the job. Where both connections were in use, the
# unlock goes to another connection than the lock: it answers false with no error, and the lock stays for as long as the
# pool keeps that connection: nobody else gets it again. (`pg_try_advisory_xact_lock`, or one client for all.) Exits
# non-zero once that has changed. Needs Debian or a child of it.
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
cat >lock.mjs <<'JS'
import pg from "pg";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const pool = new pg.Pool(settings);
const ask = async (sql) => (await pool.query(sql)).rows[0].ok;

// One after the other, as two jobs of one process do; neither has unlocked.
const first = await ask("SELECT pg_try_advisory_lock(1) AS ok");
const second = await ask("SELECT pg_try_advisory_lock(1) AS ok");

// The connection that has the lock is busy when it is given back.
const lock = await ask("SELECT pg_try_advisory_lock(2) AS ok");
const busy = await pool.connect();
const unlock = await ask("SELECT pg_advisory_unlock(2) AS ok");
busy.release();
const other = new pg.Client(settings);
await other.connect();
const afterUnlock = (await other.query("SELECT pg_try_advisory_lock(2) AS ok")).rows[0].ok;
await other.end();
await pool.end();
console.log(JSON.stringify({ first, second, lock, unlock, afterUnlock }));
process.exit(first && second && lock && !unlock && !afterUnlock ? 0 : 1);
JS
node lock.mjs "$port"
