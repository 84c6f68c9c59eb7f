#!/bin/sh
# One would guess: `await pool.end()` of pg, at a shutdown, lets what was asked for before it come to its end: the pool "drains", so
# also a query that waits for a free connection gets its turn; or it rejects, as one that is asked for afterwards does.
# What pg 8.23.1 does: neither. Whoever waits at that moment waits for ever: the queries that run are answered, `end()` resolves, and
# the promises of the others stay open, with no error and no timer. A handler that awaits one never ends, so a worker that is stopped
# after its pool waits out its whole grace, and a script is over in the middle of a function, with no `finally`. It takes load to see it:
# with ten connections the eleventh query. postgres 3.4.9 serves those that wait, knex 3.3.0, which has a pool of its own, mysql2
# 3.24.6 and mariadb 3.5.4 reject them. (What asks first, the worker, is stopped first; the pool is ended when that is over.) Exits
# non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server= maria=
trap '[ -z "$server" ] || { kill -INT "$server"; wait "$server" || true; }; [ -z "$maria" ] || { kill "$maria"; wait "$maria" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
# The servers of Debian; they do not run as root.
PATH="$PATH:/usr/sbin"
newest() { find /usr/lib/postgresql -path "*/bin/postgres" 2>/dev/null | sort -V | tail -n 1; }
[ -n "$(newest)" ] || apt-get install -y postgresql >/dev/null 2>&1
command -v mariadbd >/dev/null || apt-get install -y mariadb-server >/dev/null 2>&1
bin=$(dirname "$(newest)")
"$bin/postgres" --version
mariadbd --version
mkdir data files
as= user=$(id -un)
if [ "$user" = root ]; then
  user=mysql
  chmod 755 "$folder"
  chown postgres data
  chown mysql files
  as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
$as "$bin/initdb" -D data -A trust -U postgres >/dev/null
mariadb-install-db --no-defaults --user="$user" --datadir="$folder/files" --auth-root-authentication-method=normal >/dev/null
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 pg@8.23.1 postgres@3.4.9 knex@3.3.0 mysql2@3.24.6 mariadb@3.5.4
ports=$(node -e 'const net = require("net"); const both = [1, 2].map(() => net.createServer().listen(0, "127.0.0.1"));
  setTimeout(() => { console.log(both.map((one) => one.address().port).join(" ")); both.forEach((one) => one.close()); }, 200);')
$as "$bin/postgres" -D data -p "${ports% *}" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
mariadbd --no-defaults --user="$user" --datadir="$folder/files" --bind-address=127.0.0.1 --port="${ports#* }" \
  --socket="$folder/files/socket" --pid-file="$folder/files/pid" --skip-grant-tables --skip-networking=0 2>maria.log &
maria=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "${ports% *}"; do
  kill -0 "$server"
  sleep 1
done
until grep -q "ready for connections" maria.log; do
  kill -0 "$maria"
  sleep 1
done
cat >pool.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import knexOf from "knex";
import * as mariadb from "mariadb";
import mysql from "mysql2/promise";
import pg from "pg";
import postgresOf from "postgres";

const [port, mariaPort] = process.argv.slice(2).map(Number);
const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
const maria = { host: "127.0.0.1", port: mariaPort, user: "root", connectionLimit: 1 };
const pool = new pg.Pool({ connectionString: url, max: 1 });
const postgres = postgresOf(url, { max: 1 });
const knex = knexOf({ client: "pg", connection: url, pool: { min: 0, max: 1 }, log: { warn() {} } });
const [mysql2, connector] = [mysql.createPool(maria), mariadb.createPool(maria)];
// How each is asked for half a second, and how it ends.
const pools = {
  pg: [() => pool.query("SELECT pg_sleep(0.5)"), () => pool.end()],
  postgres: [() => postgres`SELECT pg_sleep(0.5)`.execute(), () => postgres.end()],
  knex: [async () => knex.raw("SELECT pg_sleep(0.5)"), () => knex.destroy()],
  mysql2: [() => mysql2.query("SELECT sleep(0.5)"), () => mysql2.end()],
  mariadb: [() => connector.query("SELECT sleep(0.5)"), () => connector.end()],
};
const seen = {};
for (const [name, [ask, end]] of Object.entries(pools)) {
  const told = ["open", "open", "open"];
  const follow = (promise, n) => promise.then(() => (told[n] = "done"), () => (told[n] = "rejected"));
  follow(ask(), 0);
  follow(ask(), 1);
  await sleep(200);
  follow(end(), 2);
  for (let tries = 0; tries < 50 && told.includes("open"); tries++) await sleep(100);
  seen[name] = `running ${told[0]}, waiting ${told[1]}, end ${told[2]}`;
}
console.log(seen);
const are = (names, waiting) => names.every((name) => seen[name] === `running done, waiting ${waiting}, end done`);
process.exit(are(["pg"], "open") && are(["postgres"], "done") && are(["knex", "mysql2", "mariadb"], "rejected") ? 0 : 1);
JS
node_modules/.bin/node pool.mjs $ports
