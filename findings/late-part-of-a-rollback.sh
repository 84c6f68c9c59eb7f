#!/bin/sh
# One would guess: once a transaction was rolled back, a statement given to its handle fails. So `Promise.all` in it is safe:
# the part that fails undoes the others, those too that were still under way.
# What drizzle-orm 0.45.4 with pg 8.23.1, and postgres 3.4.9, do: the first part that fails rolls back at once, and what the
# other parts send later, through the same handle, runs on the connection as it is then: by itself, and committed. drizzle
# gives the connection back to the pool meanwhile, so the statement may fall into the next one's transaction and be committed
# or undone with that. kysely 0.29.9, knex 3.3.0, typeorm 1.1.1 and sequelize 6.37.8 refuse it. (`Promise.allSettled` first.)
# Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 pg@8.23.1 postgres@3.4.9 drizzle-orm@0.45.4 kysely@0.29.9 knex@3.3.0 typeorm@1.1.1 \
  sequelize@6.37.8
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >late.mjs <<'JS'
import { sql as text } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { Kysely, PostgresDialect, sql as raw } from "kysely";
import knex from "knex";
import pg from "pg";
import postgres from "postgres";
import { Sequelize } from "sequelize";
import { DataSource } from "typeorm";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const url = `postgres://postgres@127.0.0.1:${settings.port}/postgres`;
const pool = new pg.Pool({ ...settings, max: 1 });
const watch = new pg.Client(settings);
await watch.connect();
await watch.query("CREATE TABLE stored(id text PRIMARY KEY)");
await watch.query("INSERT INTO stored VALUES ('taken')");
const insert = (id) => `INSERT INTO stored VALUES ('${id}')`;
const sql = postgres(url, { max: 1 });
const builder = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool(settings) }) });
const queries = knex({ client: "pg", connection: settings });
const source = await new DataSource({ type: "postgres", url }).initialize();
const models = new Sequelize(url, { logging: false });

// Each hands `work` a function that runs a statement in the transaction.
const libraries = {
  drizzle: (work) => drizzle(pool).transaction((tx) => work((statement) => tx.execute(text.raw(statement)))),
  postgres: (work) => sql.begin((tx) => work((statement) => tx.unsafe(statement))),
  kysely: (work) => builder.transaction().execute((tx) => work((statement) => raw.raw(statement).execute(tx))),
  knex: (work) => queries.transaction((tx) => work((statement) => tx.raw(statement))),
  typeorm: (work) => source.transaction((tx) => work((statement) => tx.query(statement))),
  sequelize: (work) => models.transaction((transaction) => work((statement) => models.query(statement, { transaction }))),
};
const stored = async (id) => (await watch.query("SELECT 1 FROM stored WHERE id = $1", [id])).rowCount === 1;
const seen = {};
for (const [name, transaction] of Object.entries(libraries)) {
  let rolledBack;
  const over = new Promise((resolve) => (rolledBack = resolve));
  let late;
  const work = (run) => {
    late = over.then(() => run(insert(name)));
    return Promise.all([run(insert("taken")), late]);
  };
  const answer = await transaction(work).then(
    () => "resolves",
    () => "rejects",
  );
  rolledBack();
  const after = await late.then(
    () => "taken",
    () => "refused",
  );
  seen[name] = `${answer}, late one ${after}, ${(await stored(name)) ? "stored" : "not stored"}`;
}

// The pool's one connection is in another transaction by then, which is undone.
let rolledBack;
const over = new Promise((resolve) => (rolledBack = resolve));
let late;
const first = drizzle(pool).transaction((tx) => {
  late = over.then(() => tx.execute(text.raw(insert("stray"))));
  return Promise.all([tx.execute(text.raw(insert("taken"))), late]);
});
await first.catch(() => {});
const other = await pool.connect();
await other.query("BEGIN");
rolledBack();
await late;
const inOther = (await other.query("SELECT 1 FROM stored WHERE id = 'stray'")).rowCount === 1 && !(await stored("stray"));
await other.query("ROLLBACK");
other.release();
await Promise.all([sql.end(), builder.destroy(), queries.destroy(), source.destroy(), models.close(), pool.end(), watch.end()]);
console.log(seen, { inTransactionOfAnother: inOther });
const keeps = ["drizzle", "postgres"].every((name) => seen[name] === "rejects, late one taken, stored");
const guards = ["kysely", "knex", "typeorm", "sequelize"].every((name) => seen[name] === "rejects, late one refused, not stored");
process.exit(keeps && guards && inOther ? 0 : 1);
JS
node_modules/.bin/node late.mjs "$port"
