#!/bin/sh
# One would guess: `executeTakeFirst()` of kysely, `get()` of drizzle and of the libraries of SQLite, take the first row, one: with the
# claim of a worker, `UPDATE job SET state = 'active' WHERE state = 'waiting' RETURNING *`, that is one job; SQLite steps through a
# statement row by row, and nobody asks for a second one.
# What kysely 0.29.9, drizzle-orm 0.45.4, better-sqlite3 13.2.0, node:sqlite of Node 24.21.0 and bun:sqlite of Bun 1.4.5 do: all that
# wait are claimed, and one is answered; nothing is told of the other nine, which are worked on by nobody until their leases end, if
# they have one. SQLite changes all rows before it answers the first, and neither of the builders adds a limit. With one job in the
# queue, as in a test, it is right. knex 3.3.0 refuses `first()` on an update. (A sub-select with LIMIT 1.) Exits non-zero once that
# has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 bun@1.4.5 better-sqlite3@13.2.0 drizzle-orm@0.45.4 kysely@0.29.9 knex@3.3.0
cat >claim.mjs <<'JS'
const ten = Array.from({ length: 10 }, (_, n) => `('${n}', 'waiting')`).join();
const setUp = ["CREATE TABLE job(id text, state text)", `INSERT INTO job VALUES ${ten}`];
const claim = "UPDATE job SET state = 'active' WHERE state = 'waiting' RETURNING id";
const active = "SELECT count(*) AS n FROM job WHERE state = 'active'";
/** `take` answers a row; how many are claimed then. */
export const play = async (database, take) => {
  for (const statement of setUp) database.prepare(statement).run();
  const row = await take(database);
  return `${row ? 1 : 0} answered, ${database.prepare(active).get().n} claimed`;
};
export const get = (database) => database.prepare(claim).get();
JS
cat >bun.mjs <<'JS'
import { Database } from "bun:sqlite";
import { get, play } from "./claim.mjs";
console.log(await play(new Database(":memory:"), get));
JS
cat >first.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
import Database from "better-sqlite3";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import knexOf from "knex";
import { Kysely, SqliteDialect } from "kysely";
import { get, play } from "./claim.mjs";

const state = "active";
const job = sqliteTable("job", { id: text("id"), state: text("state") });
const byDrizzle = (database) => drizzle(database).update(job).set({ state }).where(eq(job.state, "waiting")).returning().get();
const byKysely = (database) => {
  const db = new Kysely({ dialect: new SqliteDialect({ database }) });
  return db.updateTable("job").set({ state }).where("state", "=", "waiting").returningAll().executeTakeFirst();
};
const byKnex = () => {
  const knex = knexOf({ client: "better-sqlite3", connection: { filename: ":memory:" }, useNullAsDefault: true });
  return knex("job").where({ state: "waiting" }).update({ state }).returning("*").first();
};
const seen = {
  kysely: await play(new Database(":memory:"), byKysely),
  drizzle: await play(new Database(":memory:"), byDrizzle),
  betterSqlite3: await play(new Database(":memory:"), get),
  node: await play(new DatabaseSync(":memory:"), get),
  bun: process.argv[2],
  knex: await (async () => byKnex())().then(() => "done", ({ message }) => message),
};
console.log(seen);
const { knex, ...others } = seen;
const all = Object.values(others).every((one) => one === "1 answered, 10 claimed");
process.exit(all && /first/.test(knex) ? 0 : 1);
JS
node_modules/.bin/node first.mjs "$(node_modules/.bin/bun bun.mjs)"
