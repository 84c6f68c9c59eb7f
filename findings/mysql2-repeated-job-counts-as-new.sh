#!/bin/sh
# One would guess: with mysql2, `affectedRows` of `INSERT … ON DUPLICATE KEY UPDATE` tells what happened, as the pages of MySQL and
# MariaDB say: 1 for a row that is new, 2 for one that was changed, 0 for one that was there just so. A job that is enqueued twice with
# the same id and payload, as each retry of a producer does, answers 0 the second time.
# What mysql2 3.24.6 and mariadb 3.5.4 with MariaDB 10.11 do: both ask the server for rows found instead of rows changed, and then
# a row that was there just so counts 1, as a new one does. So "1 means that it was enqueued now" counts each repetition, sends the
# welcome mail again, or bills the call twice; in a test whose second payload differs it is 2, as one expects.
# (`flags: ["-FOUND_ROWS"]`, or `foundRows: false` for mariadb; but an UPDATE then counts 0 for a row that it found and left as it
# was.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
until grep -q "ready for connections" server.log 2>/dev/null; do
  kill -0 "$server"
  sleep 1
done
cat >repeated.mjs <<'JS'
import * as mariadb from "mariadb";
import mysql from "mysql2/promise";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test" };
/** What `affectedRows` is for a job that is new, the same again, and the same id with another payload. */
const play = async (connection) => {
  await connection.query("CREATE OR REPLACE TABLE job(id varchar(20) PRIMARY KEY, payload varchar(20))");
  const counts = [];
  for (const payload of ["welcome anna", "welcome anna", "welcome otto"]) {
    const statement = "INSERT INTO job(id, payload) VALUES (?, ?) ON DUPLICATE KEY UPDATE payload = VALUES(payload)";
    const answer = await connection.query(statement, ["one", payload]);
    counts.push((answer[0] ?? answer).affectedRows);
  }
  await connection.end();
  return counts.join();
};
const seen = {
  mysql2: await play(await mysql.createConnection(settings)),
  mysql2OfChanged: await play(await mysql.createConnection({ ...settings, flags: ["-FOUND_ROWS"] })),
  mariadb: await play(await mariadb.createConnection(settings)),
  mariadbOfChanged: await play(await mariadb.createConnection({ ...settings, foundRows: false })),
};
console.log("affectedRows of new, the same, changed:", seen);
process.exit(Object.values(seen).join(" ") === "1,1,2 1,0,2 1,1,2 1,0,2" ? 0 : 1);
JS
timeout 100 node_modules/.bin/node repeated.mjs "$port"
