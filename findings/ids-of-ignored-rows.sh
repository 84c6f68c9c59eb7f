#!/bin/sh
# One would guess: where many jobs are stored in one call and those that are there already are passed over, each of the
# objects given is afterwards the row that it became: with its id, or with none where it was passed over.
# What sequelize 6.37.8 (`bulkCreate` with `ignoreDuplicates`) and typeorm 1.1.1 (`orIgnore`, and `upsert` with
# `skipUpdateIfNoValuesChanged`) do with Postgres: the database answers with the new rows only, and they are dealt out to
# the objects from the front. The duplicate gets the id of the next job, that one the id of the one after it, and the last
# has none. Whoever waits for, cancels or links a job by that id acts on somebody else's. (Ids made by the caller.) Exits
# non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund pg@8.23.1 sequelize@6.37.8 typeorm@1.1.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >ids.mjs <<'JS'
import { Sequelize } from "sequelize";
import { DataSource, EntitySchema } from "typeorm";
const url = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const called = (jobs) => jobs.map(({ key, id }) => `${key}=${id ?? "none"}`).join(" ");
const given = () => [{ key: "stands" }, { key: "first" }, { key: "second" }];

const models = new Sequelize(url, { logging: false });
const key = { type: "text", unique: true };
const Model = models.define("a_job", { key }, { timestamps: false });
await Model.sync();
await Model.create({ key: "stands" });
const bulk = called(await Model.bulkCreate(given(), { ignoreDuplicates: true, returning: ["id"] }));
const bulkStored = called(await Model.findAll({ order: ["id"] }));
await models.close();

const columns = { id: { type: "int", primary: true, generated: true }, key };
const Job = new EntitySchema({ name: "b_job", columns });
const source = await new DataSource({ type: "postgres", url, entities: [Job], synchronize: true }).initialize();
const jobs = source.getRepository(Job);
await jobs.insert({ key: "stands" });
const ignored = given();
await jobs.createQueryBuilder().insert().values(ignored).orIgnore().execute();
const upserted = [{ key: "stands" }, { key: "third" }];
await jobs.upsert(upserted, { conflictPaths: ["key"], skipUpdateIfNoValuesChanged: true });
const stored = called(await jobs.find({ order: { id: "ASC" } }));
await source.destroy();
console.log({ sequelize: { bulk, stored: bulkStored }, typeorm: { orIgnore: called(ignored), upsert: called(upserted), stored } });
const shifted = "stands=3 first=4 second=none";
const rows = "stands=1 first=3 second=4";
const sequelize = bulk === shifted && bulkStored === rows;
const typeorm = called(ignored) === shifted && called(upserted) === "stands=6 third=none" && stored === `${rows} third=6`;
process.exit(sequelize && typeorm ? 0 : 1);
JS
node ids.mjs "$port"
