#!/bin/sh
# One would guess: "cancel the jobs of these ids", written as one `or` over a list of conditions, cancels none where the list is empty:
# nothing is true of them. So the page on which nothing was ticked, or the batch that was filtered down to nothing, does no harm.
# What they do: drizzle-orm 0.45.4 (`or(...[])`), knex 3.3.0 (a function that adds no `orWhere`), sequelize 6.37.8 (`{ id: { [Op.or]:
# [] } }`) and typeorm 1.1.1 (`find`, `where: []`) leave the condition out, and with it the WHERE: all jobs of everybody are
# cancelled, deleted or found. sequelize's `{ [Op.or]: [] }`, one level further out, is none, and so are kysely 0.29.9's `eb.or([])` and
# @mikro-orm/postgresql 7.2.5's `$or: []`; typeorm refuses an update or a delete by nothing. drizzle's `inArray` and knex'
# `whereIn` with the same list are none. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 pg@8.23.1 drizzle-orm@0.45.4 knex@3.3.0 kysely@0.29.9 sequelize@6.37.8 \
  typeorm@1.1.1 @mikro-orm/core@7.2.5 @mikro-orm/postgresql@7.2.5
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >none.mjs <<'JS'
import * as mikro from "@mikro-orm/postgresql";
import { eq, inArray, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { pgTable, text } from "drizzle-orm/pg-core";
import knexOf from "knex";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { Op, Sequelize } from "sequelize";
import { DataSource, EntitySchema } from "typeorm";

const url = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const pool = new pg.Pool({ connectionString: url });
await pool.query("CREATE TABLE job(id text PRIMARY KEY, state text NOT NULL)");
await pool.query("INSERT INTO job SELECT n::text, 'waiting' FROM generate_series(1, 10) AS n");
const state = "cancelled";

const table = pgTable("job", { id: text("id"), state: text("state") });
const db = drizzle(pool);
const knex = knexOf({ client: "pg", connection: url });
const kysely = new Kysely({ dialect: new PostgresDialect({ pool }) });
const models = new Sequelize(url, { logging: false, define: { timestamps: false, freezeTableName: true } });
const SJob = models.define("job", { id: { type: "TEXT", primaryKey: true }, state: "TEXT" });
const Job = new EntitySchema({ name: "job", columns: { id: { type: "text", primary: true }, state: { type: "text" } } });
const source = await new DataSource({ type: "postgres", url, entities: [Job] }).initialize();
const properties = { id: { type: "string", primary: true }, state: { type: "string" } };
const MJob = new mikro.EntitySchema({ name: "MJob", tableName: "job", properties });
const orm = await mikro.MikroORM.init({ clientUrl: url, entities: [MJob] });

// Each cancels the jobs of these ids.
const each = (ids) => ids.map((id) => ({ id }));
const cancels = {
  drizzle: (ids) => db.update(table).set({ state }).where(or(...ids.map((id) => eq(table.id, id)))),
  drizzleInArray: (ids) => db.update(table).set({ state }).where(inArray(table.id, ids)),
  knex: (ids) => knex("job").update({ state }).where((or) => each(ids).forEach((one) => or.orWhere(one))),
  knexWhereIn: (ids) => knex("job").update({ state }).whereIn("id", ids),
  sequelize: (ids) => SJob.update({ state }, { where: { id: { [Op.or]: ids } } }),
  sequelizeOutside: (ids) => SJob.update({ state }, { where: { [Op.or]: each(ids) } }),
  kysely: (ids) => kysely.updateTable("job").set({ state }).where((eb) => eb.or(ids.map((id) => eb("id", "=", id)))).execute(),
  mikro: (ids) => orm.em.fork().nativeUpdate("MJob", { $or: each(ids) }, { state }),
  typeorm: (ids) => source.manager.update(Job, each(ids), { state }),
};
const amount = async () => {
  const { rowCount } = await pool.query("UPDATE job SET state = 'waiting' WHERE state = 'cancelled'");
  return rowCount;
};
const seen = {};
for (const [name, cancel] of Object.entries(cancels)) {
  await cancel(["3", "4"]);
  const two = await amount();
  const refused = await cancel([]).then(() => "", () => " refused");
  seen[name] = `${two} of two, ${await amount()} of none${refused}`;
}
seen.typeormFind = `${(await source.manager.find(Job, { where: each([]) })).length} of none`;
await Promise.all([knex.destroy(), models.close(), source.destroy(), orm.close(), pool.end()]);
console.log(seen);
const are = (names, expected) => names.every((name) => seen[name] === expected);
const all = are(["drizzle", "knex", "sequelize"], "2 of two, 10 of none") && seen.typeormFind === "10 of none";
const none = are(["drizzleInArray", "knexWhereIn", "sequelizeOutside", "kysely", "mikro"], "2 of two, 0 of none");
process.exit(all && none && seen.typeorm === "2 of two, 0 of none refused" ? 0 : 1);
JS
node_modules/.bin/node none.mjs "$port"
