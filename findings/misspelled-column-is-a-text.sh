#!/bin/sh
# One would guess: a statement that names a column which the table does not have fails: "no such column". So a worker that is
# deployed before its migration, or a query builder with a column renamed in the code alone, stops with an error at once.
# What Bun 1.4.5 does (its own build of SQLite): a name in double quotes that is no column is taken for a text, as SQLite once
# allowed, and kysely 0.29.9 writes every name in double quotes. `"paused_at" is null` is then true of no row, and the worker
# finds no job; `order by "priority"` sorts by one text and so not at all; `select "due"` answers "due" as the value of each
# row. node:sqlite of Node 24.21.0 and better-sqlite3 13.2.0 say "no such column" to all three, and Bun does to a name without
# quotes or with its table's (`"job"."due"`). Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 node@24.21.0 better-sqlite3@13.2.0 kysely@0.29.9
npm rebuild --silent better-sqlite3 bun node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >misspelled.mjs <<'JS'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";

const library = process.argv[2];
const { Database, DatabaseSync = Database, default: open = DatabaseSync } = await import(library);
const database = library === "better-sqlite3" ? new open(":memory:") : new DatabaseSync(":memory:");
const dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};
const waiting = new Kysely({ dialect }).selectFrom("job");
database.exec("CREATE TABLE job(id INTEGER PRIMARY KEY)");
database.exec("INSERT INTO job VALUES (1), (2)");
const answer = (sql) => {
  try {
    return JSON.stringify(database.prepare(sql).all());
  } catch ({ message }) {
    return message.replace(/ - .*/, "");
  }
};
const statements = [
  waiting.select("id").where("paused_at", "is", null).compile().sql,
  waiting.select("id").orderBy("priority").compile().sql,
  waiting.select("due as due").compile().sql,
  waiting.select("job.due as due").compile().sql,
  "SELECT due FROM job",
];
for (const sql of statements) console.log(`${sql}: ${answer(sql)}`);
JS
bun=$(node_modules/.bin/bun misspelled.mjs bun:sqlite)
node=$(node_modules/.bin/node --no-warnings misspelled.mjs node:sqlite)
better=$(node_modules/.bin/node misspelled.mjs better-sqlite3)
printf 'Bun:\n%s\nNode:\n%s\nbetter-sqlite3:\n%s\n' "$bun" "$node" "$better"
answers=$(printf '%s\n' "$bun" | sed 's/^[^:]*: //')
[ "$(printf '%s\n' "$answers" | sed -n 1p)" = "[]" ]
[ "$(printf '%s\n' "$answers" | sed -n 2p)" = '[{"id":1},{"id":2}]' ]
[ "$(printf '%s\n' "$answers" | sed -n 3p)" = '[{"due":"due"},{"due":"due"}]' ]
[ "$(printf '%s\n' "$answers" | grep -c "no such column")" = 2 ]
[ "$(printf '%s\n' "$node" | grep -c "no such column")" = 5 ]
[ "$(printf '%s\n' "$better" | grep -c "no such column")" = 5 ]
