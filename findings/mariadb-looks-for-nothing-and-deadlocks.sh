#!/bin/sh
# One would guess: `SELECT … WHERE id = ? FOR UPDATE`, and an INSERT where it finds none, is the careful way to enqueue a job once. Two
# producers of one id take turns at it, and two of different ids have nothing to do with each other, as in Postgres.
# What MariaDB 10.11 does: where there is no row it locks the gap between the ids that are there, for this transaction's own inserts,
# and lets others lock the same gap. So both producers find nothing, both INSERTs wait for the other one's gap, and one of them is
# undone as a deadlock, whole order and all: with different ids, too, as long as they fall between the same two rows. In an
# empty table, or behind the last id of one whose ids rise, that is any two at a time. At READ COMMITTED, or by the INSERT alone, both
# are done. Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >gap.mjs <<'JS'
import mysql from "mysql2/promise";
const open = () => mysql.createConnection({ host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test" });
const [first, second, observer] = [await open(), await open(), await open()];
await observer.query("CREATE TABLE job(id varchar(20) PRIMARY KEY)");
const waiting = "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
const waits = async () => (await observer.query(waiting))[0].length > 0;

/** Two producers in turn, each with an id of its own: whether each enqueued it. */
const play = async (level, look) => {
  await observer.query("DELETE FROM job");
  await observer.query("INSERT INTO job VALUES ('a'), ('z')");
  for (const producer of [first, second]) {
    await producer.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`);
    await producer.query("BEGIN");
  }
  const find = async (producer, id) => (await producer.query("SELECT id FROM job WHERE id = ? FOR UPDATE", [id]))[0].length;
  const found = look ? (await find(first, "mail-1")) + (await find(second, "mail-2")) : 0;
  const enqueue = (producer, id) =>
    producer.query("INSERT INTO job VALUES (?)", [id]).then(() => "done", ({ code }) => code);
  let answered = false;
  const one = enqueue(first, "mail-1").finally(() => (answered = true));
  while (!answered && !(await waits()));
  const both = [await enqueue(second, "mail-2"), await one];
  for (const producer of [first, second]) await producer.query("COMMIT");
  const [rows] = await observer.query("SELECT id FROM job WHERE id LIKE 'mail%'");
  return `found ${found}, ${both.toSorted().join()}, ${rows.length} stored`;
};
const seen = {
  byDefault: await play("REPEATABLE READ", true),
  readCommitted: await play("READ COMMITTED", true),
  insertAlone: await play("REPEATABLE READ", false),
};
console.log(seen);
for (const connection of [first, second, observer]) await connection.end();
const both = "found 0, done,done, 2 stored";
const deadlock = "found 0, ER_LOCK_DEADLOCK,done, 1 stored";
process.exit(seen.byDefault === deadlock && seen.readCommitted === both && seen.insertAlone === both ? 0 : 1);
JS
node gap.mjs "$port"
