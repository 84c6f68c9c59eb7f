#!/bin/sh
# One would guess: `migrate()` of drizzle-orm runs what the folder of migrations has and the database has not: it keeps a table of those
# that were run, with their hashes. Where two people have each made one, and the older of the two is merged last, it is run last,
# or refused.
# What drizzle-orm 0.45.4 does: it looks at the time of the last one that was run, and runs what is younger, by the `when` of the
# journal. The older one is passed over, at this deploy and at all later ones, wherever it stands in the journal, while `migrate`
# reports success and later ones are run: in a new database, as in the tests, the table is there, and in production it is not. knex
# 3.3.0 runs it, kysely 0.29.9 refuses and says why. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 better-sqlite3@13.2.0 drizzle-orm@0.45.4 knex@3.3.0 kysely@0.29.9
cat >merge.mjs <<'JS'
import { mkdirSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import knexOf from "knex";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";

// When each was made: two of them in branches, side by side.
const made = { job: 1000, theirs: 2000, mine: 3000, last: 4000 };
// What each deploy has, in the order in which it was merged.
const deploys = [["job", "mine"], ["job", "mine", "theirs"], ["job", "mine", "theirs", "last"]];

mkdirSync("migrations/meta", { recursive: true });
const byDrizzle = (database) => async (names) => {
  const entries = names.map((tag, idx) => ({ idx, version: "6", when: made[tag], tag, breakpoints: true }));
  writeFileSync("migrations/meta/_journal.json", JSON.stringify({ version: "7", dialect: "sqlite", entries }));
  for (const name of names) writeFileSync(`migrations/${name}.sql`, `CREATE TABLE ${name}(id text);`);
  migrate(drizzle(database), { migrationsFolder: "migrations" });
};
const fileOf = (name) => `${made[name]}_${name}`;
const byKnex = (database) => {
  const knex = knexOf({ client: "better-sqlite3", connection: { filename: database.name }, useNullAsDefault: true });
  return (names) => {
    const migrationSource = {
      getMigrations: async () => names.toSorted((one, other) => made[one] - made[other]),
      getMigrationName: fileOf,
      getMigration: async (name) => ({ up: (schema) => schema.schema.createTable(name, (table) => table.text("id")), down() {} }),
    };
    return knex.migrate.latest({ migrationSource });
  };
};
const byKysely = (database) => {
  const db = new Kysely({ dialect: new SqliteDialect({ database }) });
  return async (names) => {
    const up = (name) => (schema) => schema.schema.createTable(name).addColumn("id", "text").execute();
    const getMigrations = async () => Object.fromEntries(names.map((name) => [fileOf(name), { up: up(name) }]));
    const { error } = await new Migrator({ db, provider: { getMigrations } }).migrateToLatest();
    if (error) throw error;
  };
};
const play = async (name, library, plan) => {
  const database = new Database(`${name}.db`);
  const deploy = library(database);
  const outcomes = [];
  for (const names of plan) outcomes.push(await deploy(names).then(() => "done", () => "refused"));
  const tables = database.prepare("SELECT name FROM sqlite_master").pluck().all();
  return `${outcomes.join()}: ${Object.keys(made).filter((table) => tables.includes(table)).join()}`;
};
const seen = {
  drizzle: await play("drizzle", byDrizzle, deploys),
  drizzleAnew: await play("anew", byDrizzle, [["job", "theirs", "mine", "last"]]),
  knex: await play("knex", byKnex, deploys),
  kysely: await play("kysely", byKysely, deploys),
};
console.log(seen);
const expected = {
  drizzle: "done,done,done: job,mine,last",
  drizzleAnew: "done: job,theirs,mine,last",
  knex: "done,done,done: job,theirs,mine,last",
  kysely: "done,refused,refused: job,mine",
};
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node_modules/.bin/node merge.mjs
