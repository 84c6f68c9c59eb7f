#!/bin/sh
# One would guess: `knex("job").where({ state: "waiting" }).limit(10).update({ state: "active" })` claims ten jobs, or knex refuses what
# the database cannot do, as it does for a delete: "`limit` has no effect on a `delete` statement".
# What knex 3.3.0 does: for MySQL it writes the limit. For Postgres and SQLite, where an update has none, it leaves `limit` and
# `orderBy` out and says nothing: the worker that asked for ten of a hundred jobs has taken all of them, and `increment` does so, too.
# (`whereIn("id", …)` with a select that has the limit.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 knex@3.3.0 better-sqlite3@13.2.0
cat >limit.mjs <<'JS'
import knex from "knex";
const db = knex({ client: "better-sqlite3", connection: { filename: ":memory:" }, useNullAsDefault: true });
await db.schema.createTable("job", (table) => {
  table.integer("id").primary();
  table.text("state");
  table.integer("attempts");
});
await db("job").insert(Array.from({ length: 100 }, (_, id) => ({ id, state: "waiting", attempts: 0 })));
const ten = (of) => of("job").where({ state: "waiting" }).orderBy("id").limit(10);
const claim = (of) => ten(of).update({ state: "active" });
const seen = {
  selected: (await ten(db)).length,
  deleted: await ten(db)
    .del()
    .catch(({ message }) => message),
  counted: await ten(db).increment("attempts"),
  claimed: await claim(db),
  mysql2: claim(knex({ client: "mysql2" })).toString(),
  pg: claim(knex({ client: "pg" })).toString(),
};
await db.destroy();
console.log(seen);
const { selected, deleted, counted, claimed, mysql2, pg } = seen;
const isRefused = String(deleted).includes("`limit` has no effect");
const isLeftOut = counted === 100 && claimed === 100 && !pg.includes("limit");
process.exit(selected === 10 && isRefused && isLeftOut && mysql2.endsWith("limit 10") ? 0 : 1);
JS
node_modules/.bin/node limit.mjs
