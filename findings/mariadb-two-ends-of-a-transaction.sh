#!/bin/sh
# One would guess: a statement that fails with "…; try restarting transaction" has done the same to its transaction, whatever
# stands before the semicolon: it is rolled back, or waits to be, and what follows in it fails (Postgres), or belongs to it
# still (SQLite).
# What MariaDB 10.11 does: after a deadlock (1213) the transaction is over. What follows is committed statement by statement,
# and `ROLLBACK` undoes none of it; after a lock that took too long (1205) the transaction goes on without that one statement,
# and `COMMIT` keeps the others. So where the enqueue of an optional mail is caught, the order's first half is gone and its
# second half stays in the one case, even if all is rolled back at the end, and the order without its mail in the other; both
# by one message and by no error afterwards. (After 1213 begin anew, at the top; never go on.) Exits non-zero once that has
# changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v mariadbd >/dev/null || apt-get install -y mariadb-server >/dev/null 2>&1
mariadbd --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mysql2@3.24.6
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
cat >ends.mjs <<'JS'
import mysql from "mysql2/promise";
const open = async () => {
  const connection = await mysql.createConnection({ host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test" });
  await connection.query("SET SESSION innodb_lock_wait_timeout = 1");
  return connection;
};
const [other, order, observer] = [await open(), await open(), await open()];
await observer.query("CREATE TABLE mail(id varchar(20) PRIMARY KEY)");
await observer.query("CREATE TABLE line(half varchar(20))");
const tried = (query) => query.then(() => "done", ({ errno, sqlMessage }) => `${errno} ${sqlMessage.replace(/.*; /, "")}`);
const rows = async (sql) => (await observer.query(sql))[0];
const kept = async () => (await rows("SELECT half FROM line ORDER BY half")).map(({ half }) => half).join();
const waiting = "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";

/** An order of two halves, with a mail between them that somebody else is writing; then `end`. */
const play = async (end, deadlock) => {
  await observer.query("DELETE FROM mail");
  await observer.query("DELETE FROM line");
  for (const connection of [other, order]) await connection.query("BEGIN");
  if (deadlock) for (let n = 1; n <= 5; n++) await other.query("INSERT INTO mail VALUES (?)", [`more ${n}`]); // so that the order is the one that is undone
  await other.query("INSERT INTO mail VALUES ('one')");
  await order.query("INSERT INTO line VALUES ('first')");
  await order.query("INSERT INTO mail VALUES ('two')");
  const waits = deadlock ? tried(other.query("INSERT INTO mail VALUES ('two')")) : undefined;
  while (deadlock && (await rows(waiting)).length === 0);
  const mail = await tried(order.query("INSERT INTO mail VALUES ('one')"));
  await order.query("INSERT INTO line VALUES ('second')");
  const ended = await tried(order.query(end));
  await waits;
  await other.query("ROLLBACK");
  return { mail, ended, kept: await kept() };
};
const seen = {
  deadlock: await play("COMMIT", true),
  deadlockRolledBack: await play("ROLLBACK", true),
  tooLong: await play("COMMIT", false),
  tooLongRolledBack: await play("ROLLBACK", false),
};
console.log(seen);
for (const connection of [other, order, observer]) await connection.end();
const expected = [
  "1213 try restarting transaction,done,second",
  "1213 try restarting transaction,done,second",
  "1205 try restarting transaction,done,first,second",
  "1205 try restarting transaction,done,",
];
process.exit(Object.values(seen).map((one) => Object.values(one).join()).join("\n") === expected.join("\n") ? 0 : 1);
JS
node ends.mjs "$port"
