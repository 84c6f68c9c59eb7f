#!/bin/sh
# One would guess: D1 refuses an array as a parameter, or binds it as a list or as JSON.
# What D1 in miniflare 5.20261102.0-beta does: it takes an array of small numbers for bytes. `WHERE id IN (?)` with [1, 2]
# raises no error and finds no row, and so does []; the same code fails with D1_TYPE_ERROR from the first id over 255 on. An
# array of texts is refused. JSON text for `json_each` is right. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 miniflare@5.20261102.0-beta
cat >bind.mjs <<'JS'
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const script = `export default { async fetch(_request, { DB }) {
  await DB.batch([DB.prepare("CREATE TABLE job(id INTEGER PRIMARY KEY)"), DB.prepare("INSERT INTO job VALUES (1), (2), (300)")]);
  const found = async (sql, value) => {
    try {
      return (await DB.prepare(sql).bind(value).all()).results.length;
    } catch ({ message }) {
      return message;
    }
  };
  const among = "SELECT id FROM job WHERE id IN (?1)";
  return Response.json({
    small: await found(among, [1, 2]),
    none: await found(among, []),
    larger: await found(among, [1, 300]),
    texts: await found(among, ["1", "2"]),
    json: await found("SELECT id FROM job WHERE id IN (SELECT value FROM json_each(?1))", JSON.stringify([1, 300])),
    blob: (await DB.prepare("SELECT typeof(?1) AS type").bind([1, 2]).first()).type,
  });
} }`;
const options = { modules: true, script, compatibilityDate: "2026-11-02", cf: false, d1Databases: { DB: "jobs" } };
const runtime = new Miniflare(convertV4MiniflareOptions(options));
const seen = await (await runtime.dispatchFetch("http://localhost/")).json();
await runtime.dispose();
console.log(JSON.stringify(seen));
const refused = [seen.larger, seen.texts].every((answer) => /not supported/.test(answer));
process.exit(refused && seen.small === 0 && seen.none === 0 && seen.json === 2 && seen.blob === "blob" ? 0 : 1);
JS
node_modules/.bin/node bind.mjs
