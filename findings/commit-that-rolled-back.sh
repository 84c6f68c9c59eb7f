#!/bin/sh
# One would guess: a transaction function that resolves has committed. Where an optional part of it failed and was caught
# (the mail of an order, "best effort"), the order is stored without it, or the transaction rejects.
# What Postgres does: after an error it answers COMMIT with a rollback, and with no error. What pg 8.23.1 does, and by it
# drizzle-orm 0.45.4, knex 3.3.0, typeorm 1.1.1, sequelize 6.37.8 and @mikro-orm/postgresql 7.2.5: they do not read that
# answer. The transaction resolves and nothing is stored, neither the order nor the mail. kysely 0.29.9 and postgres 3.4.9
# notice and reject. (A savepoint around what may fail; never a bare `catch`.) Exits non-zero once that has changed. Needs
# Debian or a child of it.
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
  sequelize@6.37.8 @mikro-orm/core@7.2.5 @mikro-orm/postgresql@7.2.5
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >caught.mjs <<'JS'
import { EntitySchema, MikroORM } from "@mikro-orm/postgresql";
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
const pool = new pg.Pool(settings);
await pool.query("CREATE TABLE orders(id text PRIMARY KEY); CREATE TABLE mails(id text PRIMARY KEY)");
await pool.query("INSERT INTO mails VALUES ('sent')");
const order = (id) => `INSERT INTO orders VALUES ('${id}')`;
const mail = "INSERT INTO mails VALUES ('sent')";
const caught = () => {};
const sql = postgres(url);
const builder = new Kysely({ dialect: new PostgresDialect({ pool }) });
const queries = knex({ client: "pg", connection: settings });
const source = await new DataSource({ type: "postgres", url }).initialize();
const models = new Sequelize(url, { logging: false });
const Order = new EntitySchema({ name: "Order", properties: { id: { type: "string", primary: true } } });
const orm = await MikroORM.init({ clientUrl: url, entities: [Order] });

const libraries = {
  async pg(id) {
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query(order(id));
    await client.query(mail).catch(caught);
    await client.query("COMMIT");
    client.release();
  },
  drizzle: (id) =>
    drizzle(pool).transaction(async (tx) => {
      await tx.execute(text.raw(order(id)));
      await tx.execute(text.raw(mail)).catch(caught);
    }),
  knex: (id) =>
    queries.transaction(async (tx) => {
      await tx.raw(order(id));
      await tx.raw(mail).catch(caught);
    }),
  typeorm: (id) =>
    source.transaction(async (tx) => {
      await tx.query(order(id));
      await tx.query(mail).catch(caught);
    }),
  sequelize: (id) =>
    models.transaction(async (transaction) => {
      await models.query(order(id), { transaction });
      await models.query(mail, { transaction }).catch(caught);
    }),
  mikro: (id) =>
    orm.em.transactional(async (em) => {
      await em.execute(order(id));
      await em.execute(mail).catch(caught);
    }),
  kysely: (id) =>
    builder.transaction().execute(async (tx) => {
      await raw.raw(order(id)).execute(tx);
      await raw.raw(mail).execute(tx).catch(caught);
    }),
  postgres: (id) =>
    sql.begin(async (tx) => {
      await tx.unsafe(order(id));
      await tx.unsafe(mail).catch(caught);
    }),
};
const seen = {};
for (const [name, transaction] of Object.entries(libraries)) {
  const answer = await transaction(name).then(
    () => "resolves",
    () => "rejects",
  );
  const { rowCount } = await pool.query("SELECT 1 FROM orders WHERE id = $1", [name]);
  seen[name] = `${answer}, ${rowCount === 1 ? "stored" : "not stored"}`;
}
await Promise.all([sql.end(), queries.destroy(), source.destroy(), models.close(), orm.close(), builder.destroy()]);
console.log(JSON.stringify(seen));
const silent = Object.keys(seen).filter((name) => seen[name] === "resolves, not stored");
const loud = Object.keys(seen).filter((name) => seen[name] === "rejects, not stored");
process.exit(silent.join() === "pg,drizzle,knex,typeorm,sequelize,mikro" && loud.join() === "kysely,postgres" ? 0 : 1);
JS
node_modules/.bin/node caught.mjs "$port"
