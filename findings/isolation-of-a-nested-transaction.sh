#!/bin/sh
# One would guess: a function that asks for a serializable transaction ("at most five jobs for a tenant": count, then insert)
# has one, or an error, also where it is called inside another transaction.
# What knex 3.3.0, typeorm 1.1.1, sequelize 6.37.8 and @mikro-orm/postgresql 7.2.5 do: a transaction within another is a
# savepoint, which has no isolation of its own, and each of them takes the option and drops it without a word. The inner
# transaction runs as READ COMMITTED, and two at once both count four and both insert. Called alone, as tests do, the same
# function is refused the second time (40001). Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 pg@8.23.1 knex@3.3.0 typeorm@1.1.1 sequelize@6.37.8 @mikro-orm/core@7.2.5 \
  @mikro-orm/postgresql@7.2.5
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >nested.mjs <<'JS'
import { EntitySchema, MikroORM } from "@mikro-orm/postgresql";
import knex from "knex";
import pg from "pg";
import { Sequelize } from "sequelize";
import { DataSource } from "typeorm";
const url = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const client = new pg.Client(url);
await client.connect();
await client.query("CREATE TABLE job(tenant text)");
const queries = knex({ client: "pg", connection: url });
const source = await new DataSource({ type: "postgres", url }).initialize();
const models = new Sequelize(url, { logging: false });
const Job = new EntitySchema({ name: "Job", properties: { id: { type: "string", primary: true } } });
const orm = await MikroORM.init({ clientUrl: url, entities: [Job] });

// `serializable(work)` and `within(work)` hand `work` a function that runs a statement and answers its first row.
const libraries = {
  knex() {
    const rows = (tx) => async (sql) => (await tx.raw(sql)).rows[0];
    const inner = (parent) => (work) => parent.transaction((tx) => work(rows(tx)), { isolationLevel: "serializable" });
    return { serializable: inner(queries), within: (work) => queries.transaction((outer) => inner(outer)(work)) };
  },
  typeorm() {
    const rows = (tx) => async (sql) => (await tx.query(sql))[0];
    const inner = (parent) => (work) => parent.transaction("SERIALIZABLE", (tx) => work(rows(tx)));
    return { serializable: inner(source), within: (work) => source.transaction((outer) => inner(outer)(work)) };
  },
  sequelize() {
    const rows = (transaction) => async (sql) => (await models.query(sql, { transaction }))[0][0];
    const inner = (transaction) => (work) =>
      models.transaction({ transaction, isolationLevel: "SERIALIZABLE" }, (tx) => work(rows(tx)));
    return { serializable: inner(), within: (work) => models.transaction((outer) => inner(outer)(work)) };
  },
  mikro() {
    const rows = (em) => async (sql) => (await em.execute(sql))[0];
    const inner = (parent) => (work) => parent.transactional((em) => work(rows(em)), { isolationLevel: "serializable" });
    return {
      serializable: (work) => inner(orm.em.fork())(work),
      within: (work) => orm.em.fork().transactional((outer) => inner(outer)(work)),
    };
  },
};
// Two at once: each inserts after both have counted.
const limited = async (tenant, transaction) => {
  await client.query("INSERT INTO job SELECT $1 FROM generate_series(1, 4)", [tenant]);
  let counted = 0;
  let both;
  const bothCounted = new Promise((resolve) => (both = resolve));
  const enqueue = () =>
    transaction(async (run) => {
      const { n } = await run(`SELECT count(*)::int AS n FROM job WHERE tenant = '${tenant}'`);
      if (++counted === 2) both();
      await bothCounted;
      if (n < 5) await run(`INSERT INTO job VALUES ('${tenant}')`);
    });
  await Promise.allSettled([enqueue(), enqueue()]);
  const { rowCount } = await client.query("SELECT FROM job WHERE tenant = $1", [tenant]);
  return rowCount;
};
const seen = {};
for (const [name, open] of Object.entries(libraries)) {
  const { serializable, within } = open();
  seen[name] = { alone: await limited(`${name} alone`, serializable), within: await limited(`${name} within`, within) };
}
await Promise.all([queries.destroy(), source.destroy(), models.close(), orm.close(), client.end()]);
console.log("jobs of a tenant that may have five", seen);
process.exit(Object.values(seen).every(({ alone, within }) => alone === 5 && within === 6) ? 0 : 1);
JS
node_modules/.bin/node nested.mjs "$port"
