#!/bin/sh
# One would guess: a statement that names a column which the table does not have fails: "no such column". So a worker that is
# deployed before its migration, or a query builder with a column renamed in the code alone, stops with an error at once.
# What Bun 1.4.5 (its own build of SQLite), D1 and a Durable Object's SQL (workerd, in miniflare 5.20261102.0-beta) do: a name
# in double quotes that is no column is taken for a text, as SQLite once allowed, and kysely 0.29.9 writes every name in
# double quotes. `"paused_at" is null` is then true of no row, and the worker finds no job; `order by "priority"` sorts by one
# text and so not at all; `select "due"` answers "due" as the value of each row. node:sqlite of Node 24.21.0 and
# better-sqlite3 13.2.0 say "no such column" to all three, so that a test in Node finds what production hides, and a test in
# Bun nothing. A name without quotes, or with its table's (`"job"."due"`), is refused by all. Exits non-zero once that has
# changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 node@24.21.0 better-sqlite3@13.2.0 kysely@0.29.9 miniflare@5.20261102.0-beta
npm rebuild --silent better-sqlite3 bun node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >statements.mjs <<'JS'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
const dialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};
const job = new Kysely({ dialect }).selectFrom("job");
export const setup = ["CREATE TABLE job(id INTEGER PRIMARY KEY)", "INSERT INTO job VALUES (1), (2)"];
export const statements = [
  job.select("id").where("paused_at", "is", null).compile().sql,
  job.select("id").orderBy("priority").compile().sql,
  job.select("due as due").compile().sql,
  job.select("job.due as due").compile().sql,
  "SELECT due FROM job",
];
JS
cat >library.mjs <<'JS'
import { setup, statements } from "./statements.mjs";
const library = process.argv[2];
const { default: inside, Database = inside, DatabaseSync = Database } = await import(library);
const database = new DatabaseSync(":memory:");
for (const sql of setup) database.exec(sql);
const answer = (sql) => {
  try {
    return JSON.stringify(database.prepare(sql).all());
  } catch ({ message }) {
    return message;
  }
};
for (const sql of statements) console.log(answer(sql));
JS
cat >workerd.mjs <<'JS'
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { setup, statements } from "./statements.mjs";
const script = `import { DurableObject } from "cloudflare:workers";
const play = async (all) => {
  for (const sql of ${JSON.stringify(setup)}) await all(sql);
  const answers = [];
  for (const sql of ${JSON.stringify(statements)})
    answers.push(await Promise.resolve(sql).then(all).then(JSON.stringify, ({ message }) => message));
  return Response.json(answers);
};
export class Jobs extends DurableObject {
  fetch() {
    return play((sql) => this.ctx.storage.sql.exec(sql).toArray());
  }
}
export default {
  fetch(request, { DB, JOBS }) {
    if (request.url.endsWith("d1")) return play(async (sql) => (await DB.prepare(sql).all()).results);
    return JOBS.get(JOBS.idFromName("jobs")).fetch(request);
  },
};`;
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script,
    d1Databases: ["DB"],
    durableObjects: { JOBS: { className: "Jobs", useSQLite: true } },
    compatibilityDate: "2026-10-01",
  }),
);
const answer = await miniflare.dispatchFetch(`http://localhost/${process.argv[2]}`);
for (const line of await answer.json()) console.log(line);
await miniflare.dispose();
JS
node=node_modules/.bin/node
run() { echo "$1: $2" && shift 2 && "$@" | tee answers; }
hides() {
  run "$@"
  [ "$(head -n 3 answers)" = '[]
[{"id":1},{"id":2}]
[{"due":"due"},{"due":"due"}]' ] && [ "$(tail -n 2 answers | grep -c "no such column")" = 2 ]
}
tells() {
  run "$@"
  [ "$(grep -c "no such column" answers)" = 5 ]
}
hides Bun bun:sqlite node_modules/.bin/bun library.mjs bun:sqlite
hides workerd D1 $node workerd.mjs d1
hides workerd "a Durable Object" $node workerd.mjs object
tells Node node:sqlite $node --no-warnings library.mjs node:sqlite
tells Node better-sqlite3 $node library.mjs better-sqlite3
