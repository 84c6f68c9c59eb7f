#!/bin/sh
# One would guess: `await pool.end()` of mysql2 at a shutdown waits for the connections that are in use, as the pools of pg, postgres.js
# and the mariadb connector do: a transaction that has begun gets to its COMMIT, and then the connection is closed.
# What mysql2 3.24.6 does: it closes each connection behind the statement that it is at. The transaction's next statement fails with
# "Can't add new command when connection is in closed state", the server rolls back what it did before, and `end()` resolves as if
# all was well. So of a job that has just charged a card, and was about to write that down, the charge stays. It shows where work lasts
# longer than one statement. mariadb 3.5.4 waits for it. (What works is stopped, and waited for, before the pool is ended.) Exits
# non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v mariadbd >/dev/null || apt-get install -y mariadb-server >/dev/null 2>&1
mariadbd --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 mysql2@3.24.6 mariadb@3.5.4
# It does not run as root.
mkdir data
user=$(id -un)
[ "$user" != root ] || user=mysql
chown "$user" "$folder" data
mariadb-install-db --no-defaults --user="$user" --datadir="$folder/data" --auth-root-authentication-method=normal >/dev/null
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
mariadbd --no-defaults --user="$user" --datadir="$folder/data" --bind-address=127.0.0.1 --port="$port" --socket="$folder/socket" \
  --pid-file="$folder/pid" --skip-grant-tables --skip-networking=0 2>server.log &
server=$!
until grep -q "ready for connections" server.log; do
  kill -0 "$server"
  sleep 1
done
cat >end.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import * as mariadb from "mariadb";
import mysql from "mysql2/promise";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test" };
const observer = await mysql.createConnection(settings);
await observer.query("CREATE TABLE job(id varchar(20), state varchar(20))");

/** A transaction of two statements; the pool is ended between them, or during the first. */
const play = async (create, during) => {
  await observer.query("DELETE FROM job");
  const pool = create(settings);
  const work = async (begun) => {
    const connection = await pool.getConnection();
    await connection.query("BEGIN");
    const first = connection.query(`INSERT INTO job SELECT 'one', 'charged' FROM (SELECT sleep(${during ? 1 : 0})) AS slept`);
    if (during) await sleep(200);
    else await first;
    begun();
    await first;
    if (!during) await sleep(500);
    await connection.query("UPDATE job SET state = 'noted'");
    await connection.query("COMMIT");
    await connection.release();
  };
  const { promise, resolve } = Promise.withResolvers();
  const outcome = work(resolve).then(() => "committed", ({ message }) => message);
  await promise;
  await pool.end();
  const answer = await outcome;
  const [rows] = await observer.query("SELECT state FROM job");
  return `${answer}, ${rows[0]?.state ?? "nothing stored"}`;
};
const seen = {
  mysql2: await play(mysql.createPool, false),
  mysql2During: await play(mysql.createPool, true),
  mariadb: await play(mariadb.createPool, false),
  mariadbDuring: await play(mariadb.createPool, true),
};
await observer.end();
console.log(seen);
const cut = "Can't add new command when connection is in closed state, nothing stored";
const waited = [seen.mariadb, seen.mariadbDuring].every((one) => one === "committed, noted");
process.exit(waited && seen.mysql2 === cut && seen.mysql2During === cut ? 0 : 1);
JS
timeout 100 node_modules/.bin/node end.mjs "$port"
