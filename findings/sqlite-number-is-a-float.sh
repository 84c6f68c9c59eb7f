#!/bin/sh
# One would guess: a whole number that JavaScript hands to SQLite is an integer there: 17 becomes part of a key as "17".
# What node:sqlite of Node 24.21.0 and @libsql/client 0.18.0 do: every number is bound as a float. A column of type INTEGER
# makes it whole again, so that it seldom shows, and nothing else does: in a TEXT column the id 17 is "17.0" and no search
# for "17" finds it, `'job:' || ?` is "job:17.0", `json_object('n', ?)` writes 17.0, and `? / 2` is 8.5. The same statements
# in bun:sqlite of Bun 1.4.5 give "17" and 8. (A BigInt, a text, or CAST(? AS INTEGER).) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @libsql/client@0.18.0 bun@1.4.5
cat >real.mjs <<'JS'
const sql = "SELECT 'job:' || ? AS key, json_object('n', ?) AS json, ? / 2 AS half, CAST(? AS TEXT) AS text";
const insert = "INSERT INTO job VALUES (?)";
const find = "SELECT count(*) AS n FROM job WHERE id = '17'";
const table = "CREATE TABLE job(id TEXT PRIMARY KEY)";
const args = [17, 17, 17, 17];
const synchronous = (db) => {
  db.exec(table);
  db.prepare(insert).run(17);
  return { ...db.prepare(sql).get(...args), found: db.prepare(find).get().n };
};
const drivers = {
  node: async () => synchronous(new (await import("node:sqlite")).DatabaseSync(":memory:")),
  bun: async () => synchronous(new (await import("bun:sqlite")).Database(":memory:")),
  async libsql() {
    const client = (await import("@libsql/client")).createClient({ url: ":memory:" });
    await client.execute(table);
    await client.execute({ sql: insert, args: [17] });
    return { ...(await client.execute({ sql, args })).rows[0], found: (await client.execute(find)).rows[0].n };
  },
};
const name = process.argv[2];
const { key, json, half, text, found } = await drivers[name]();
const seen = JSON.stringify({ key, json, half, text, found });
console.log(name, seen);
const float = { key: "job:17.0", json: '{"n":17.0}', half: 8.5, text: "17.0", found: 0 };
const whole = { key: "job:17", json: '{"n":17}', half: 8, text: "17", found: 1 };
process.exit(seen === JSON.stringify(name === "bun" ? whole : float) ? 0 : 1);
JS
node_modules/.bin/node real.mjs node
node_modules/.bin/node real.mjs libsql
node_modules/.bin/bun real.mjs bun
