#!/bin/sh
# One would guess: a statement that D1 does not allow fails when it is tried first.
# What D1 in miniflare 5.20261102.0-beta does: a LIKE pattern over 50 bytes works while the table is empty, and fails with
# "LIKE or GLOB pattern too complex" from the first row on: after the tests, in production. A UNION of more than five terms
# fails at once. (`substr(key, 1, n) = ?` and `json_each` have no such limit.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 miniflare@5.20261102.0-beta
cat >limits.mjs <<'JS'
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const script = `export default { async fetch(_request, { DB }) {
  const all = (sql, ...values) => DB.prepare(sql).bind(...values).all().then(({ results }) => results.length, ({ message }) => message);
  const like = () => all("SELECT * FROM job WHERE id LIKE ?1", "tenant:" + "x".repeat(50) + "%");
  const union = (terms) => all(Array.from({ length: terms }, (_, n) => "SELECT " + n).join(" UNION ALL "));
  await DB.prepare("CREATE TABLE job(id TEXT PRIMARY KEY)").run();
  const empty = await like();
  await DB.prepare("INSERT INTO job VALUES ('a')").run();
  return Response.json({ empty, withARow: await like(), five: await union(5), six: await union(6) });
} }`;
const options = { modules: true, script, compatibilityDate: "2026-11-02", cf: false, d1Databases: { DB: "jobs" } };
const runtime = new Miniflare(convertV4MiniflareOptions(options));
const seen = await (await runtime.dispatchFetch("http://localhost/")).json();
await runtime.dispose();
console.log(JSON.stringify(seen));
const { empty, withARow, five, six } = seen;
const same = empty === 0 && /too complex/.test(withARow) && five === 5 && /too many terms/.test(six);
process.exit(same ? 0 : 1);
JS
node_modules/.bin/node limits.mjs
