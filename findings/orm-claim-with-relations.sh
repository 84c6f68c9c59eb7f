#!/bin/sh
# One would guess: a claim by an ORM, "the first two that wait, FOR UPDATE SKIP LOCKED", gives two workers two jobs each,
# also where it is asked to load each job's lines along with it.
# What typeorm 1.1.1 (`take` with `relations`) and @mikro-orm/postgresql 7.2.5 (`limit` with `populate` and the strategy
# "joined") do: a join makes the limit mean lines, so that the ids are chosen in a statement of their own, or inside. typeorm
# locks all that wait there, to take two; MikroORM locks none, chooses the first two for everybody, and skips them as locked
# after that. In both the second worker is told that there is nothing to do while eight jobs wait. Without the relation, and
# in sequelize 6.37.8 with it, he gets his two. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 pg@8.23.1 typeorm@1.1.1 sequelize@6.37.8 @mikro-orm/core@7.2.5 @mikro-orm/postgresql@7.2.5
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >claim.mjs <<'JS'
import * as mikro from "@mikro-orm/postgresql";
import pg from "pg";
import { Sequelize } from "sequelize";
import { DataSource, EntitySchema } from "typeorm";
const url = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const client = new pg.Client(url);
await client.connect();
await client.query(`
  CREATE TABLE job(id int PRIMARY KEY, state text NOT NULL);
  CREATE TABLE line(id int PRIMARY KEY, job_id int NOT NULL REFERENCES job);
  INSERT INTO job SELECT n, 'waiting' FROM generate_series(1, 10) n;
  INSERT INTO line SELECT n, n FROM generate_series(1, 10) n`);
const waiting = { state: "waiting" };

const id = { type: "int", primary: true };
const lines = { type: "one-to-many", target: "line", inverseSide: "job" };
const job = { type: "many-to-one", target: "job", inverseSide: "lines", joinColumn: { name: "job_id" } };
const Job = new EntitySchema({ name: "job", columns: { id, state: { type: "text" } }, relations: { lines } });
const Line = new EntitySchema({ name: "line", columns: { id }, relations: { job } });
const source = await new DataSource({ type: "postgres", url, entities: [Job, Line] }).initialize();
const lock = { mode: "pessimistic_write", onLocked: "skip_locked", tables: ["job"] };
const typeorm = (manager, withLines) =>
  manager.find(Job, { where: waiting, order: { id: "ASC" }, take: 2, relations: { lines: withLines }, lock });

const number = { type: "number", primary: true };
const many = { kind: "1:m", entity: () => "MLine", mappedBy: "job" };
const one = { kind: "m:1", entity: () => "MJob", fieldName: "job_id" };
const MJob = new mikro.EntitySchema({
  name: "MJob",
  tableName: "job",
  properties: { id: number, state: { type: "string" }, lines: many },
});
const MLine = new mikro.EntitySchema({ name: "MLine", tableName: "line", properties: { id: number, job: one } });
const orm = await mikro.MikroORM.init({ clientUrl: url, entities: [MJob, MLine] });
const found = { orderBy: { id: "asc" }, limit: 2, lockMode: mikro.LockMode.PESSIMISTIC_PARTIAL_WRITE, strategy: "joined" };
const mikroOrm = (em, withLines) =>
  em.find("MJob", waiting, { ...found, ...(withLines && { populate: ["lines"], lockTableAliases: ["m0"] }) });

const models = new Sequelize(url, { logging: false, define: { timestamps: false, freezeTableName: true } });
const SJob = models.define("job", { id: { type: "INTEGER", primaryKey: true }, state: "TEXT" });
SJob.hasMany(models.define("line", { id: { type: "INTEGER", primaryKey: true } }), { foreignKey: "job_id" });
const sequelize = (transaction, withLines) => {
  const skip = { lock: { level: transaction.LOCK.UPDATE, of: SJob }, skipLocked: true, transaction };
  return SJob.findAll({ where: waiting, order: ["id"], limit: 2, include: withLines ? "lines" : [], ...skip });
};

// A worker's transaction is open while the next one claims.
const workers = {
  typeorm: [(work) => source.transaction(work), typeorm],
  mikro: [(work) => orm.em.fork().transactional(work), mikroOrm],
  sequelize: [(work) => models.transaction(work), sequelize],
};
const ids = (jobs) => (jobs.length === 0 ? "nothing" : jobs.map((claimed) => claimed.id).join());
const seen = {};
for (const [name, [transaction, claim]] of Object.entries(workers)) {
  const two = (withLines) =>
    transaction(async (first) => {
      const mine = ids(await claim(first, withLines));
      return transaction(async (second) => `${mine} and ${ids(await claim(second, withLines))}`);
    });
  seen[name] = { alone: await two(false), withLines: await two(true) };
}
await Promise.all([source.destroy(), orm.close(), models.close(), client.end()]);
console.log(seen);
const alone = Object.values(seen).every((one) => one.alone === "1,2 and 3,4");
const starved = ["typeorm", "mikro"].every((name) => seen[name].withLines === "1,2 and nothing");
process.exit(alone && starved && seen.sequelize.withLines === "1,2 and 3,4" ? 0 : 1);
JS
node_modules/.bin/node claim.mjs "$port"
