#!/bin/sh
# One would guess: `UPDATE job SET attempts = attempts + 1, wait = 10 * attempts` takes the attempts of before on its right sides,
# wherever they stand, as the standard says and Postgres and SQLite do. So the same statement of the same query builder means the
# same with each database, and the order of the fields of an object does not matter.
# What MariaDB 10.11 does: it sets one column after the other, and the second sees what the first has written. With knex 3.3.0 and the
# attempts at 1, the retry waits for 20 seconds in place of 10; with the fields the other way round for 10; and the job that is
# moved to the queue `next`, `{ queue: ref("next"), next: ref("queue") }`, has the same queue in both. Backoff that doubles starts one
# step later, and what compares with a limit gives up an attempt too early. (`sql_mode = SIMULTANEOUS_ASSIGNMENT`.) Exits non-zero
# once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v mariadbd >/dev/null || apt-get install -y mariadb-server >/dev/null 2>&1
mariadbd --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 knex@3.3.0 mysql2@3.24.6 better-sqlite3@13.2.0
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
cat >order.mjs <<'JS'
import knexOf from "knex";
const maria = { host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test" };
const play = async (client, connection, mode) => {
  const knex = knexOf({ client, connection, useNullAsDefault: true, pool: { min: 1, max: 1 } });
  if (mode) await knex.raw("SET sql_mode = ?", [mode]);
  await knex.schema.dropTableIfExists("job");
  await knex.schema.createTable("job", (job) => {
    for (const name of ["attempts", "wait"]) job.integer(name);
    for (const name of ["queue", "next"]) job.string(name);
  });
  const after = async (change) => {
    await knex("job").del();
    await knex("job").insert({ attempts: 1, wait: 0, queue: "mails", next: "archive" });
    await knex("job").update(change);
    return knex("job").first();
  };
  const [attempts, wait] = [knex.raw("attempts + 1"), knex.raw("10 * attempts")];
  const first = (await after({ attempts, wait })).wait;
  const last = (await after({ wait, attempts })).wait;
  const { queue, next } = await after({ queue: knex.ref("next"), next: knex.ref("queue") });
  await knex.destroy();
  return `${first} s or ${last} s, ${queue} and ${next}`;
};
const seen = {
  sqlite: await play("better-sqlite3", { filename: ":memory:" }),
  mariadb: await play("mysql2", maria),
  simultaneous: await play("mysql2", maria, "SIMULTANEOUS_ASSIGNMENT"),
};
console.log(seen);
const asGuessed = "10 s or 10 s, archive and mails";
process.exit(seen.sqlite === asGuessed && seen.simultaneous === asGuessed && seen.mariadb === "20 s or 10 s, archive and archive" ? 0 : 1);
JS
node_modules/.bin/node order.mjs "$port"
