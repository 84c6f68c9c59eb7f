#!/bin/sh
# One would guess: `… ORDER BY priority, due LIMIT 1 FOR UPDATE SKIP LOCKED` locks the one job that it answers; a second worker that asks
# meanwhile gets the next one, as in Postgres. An index on what it searches by, `(state, due)`, makes it fast.
# What MariaDB 10.11 does: it locks what it reads, not what it answers. Where it has to sort, since no index has that very order,
# it reads and locks all that wait before it knows the first: the second worker passes over all of them and is told that there
# is nothing to do, and so is each one until the first has committed. Where that is when the job is done, ten workers do the work
# of one, with no error and no wait, at READ COMMITTED, too. With an index on `(state, priority, due)` the second gets the second
# job; with `(state, due)` it does only where the claim sorts by `due` alone. (Look for "filesort" in its EXPLAIN.) Exits
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
cat >claims.mjs <<'JS'
import mysql from "mysql2/promise";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test" };
const [first, second] = [await mysql.createConnection(settings), await mysql.createConnection(settings)];
const rows = Array.from({ length: 100 }, (_, n) => [n + 1, n < 90 ? "waiting" : "done", 5, n]);

/** What two workers are given, one of which claims while the other's transaction is open. */
const claims = async (index, order, level) => {
  await first.query("DROP TABLE IF EXISTS job");
  await first.query(`CREATE TABLE job(id int PRIMARY KEY, state varchar(10), priority int, due int, INDEX(${index}))`);
  await first.query("INSERT INTO job VALUES ?", [rows]);
  const claim = `SELECT id FROM job WHERE state = 'waiting' AND due <= 1000 ORDER BY ${order} LIMIT 1 FOR UPDATE SKIP LOCKED`;
  const given = [];
  for (const worker of [first, second]) {
    await worker.query(`SET TRANSACTION ISOLATION LEVEL ${level}`);
    await worker.query("BEGIN");
    const [jobs] = await worker.query(claim);
    given.push(jobs.length === 0 ? "nothing" : `job ${jobs[0].id}`);
  }
  const [[{ Extra }]] = await first.query(`EXPLAIN ${claim}`);
  for (const worker of [first, second]) await worker.query("COMMIT");
  return [...given, Extra.includes("filesort") ? "sorted" : "as indexed"].join();
};
const seen = [];
for (const level of ["REPEATABLE READ", "READ COMMITTED"]) {
  seen.push(await claims("state, due", "due", level));
  seen.push(await claims("state, due", "priority, due", level));
  seen.push(await claims("state, priority, due", "priority, due", level));
}
console.log(seen);
await first.end();
await second.end();
const level = ["job 1,job 2,as indexed", "job 1,nothing,sorted", "job 1,job 2,as indexed"];
process.exit(seen.join() === [...level, ...level].join() ? 0 : 1);
JS
node claims.mjs "$port"
