#!/bin/sh
# One would guess: a time that was read from Postgres and is sent back as it came means the same row: `SET … WHERE changed = $1` finds
# the job if nobody has changed it, and the page after `due > $1` begins behind the last one. And where times are kept in whole
# milliseconds, `timestamptz(3)`, so that this holds, `DEFAULT now()` is due now.
# What PostgreSQL 15 with pg 8.23.1 and postgres.js 3.4.9 does: the server keeps microseconds, and a Date cuts them off. So the update
# finds no row, each time, and the page begins with the row that the last one ended with; with a page of one that is for ever.
# `timestamptz(3)` does not cut, it rounds: half of all jobs are due up to half a millisecond ahead, so that the statement which looks
# for what is due finds nothing in the same transaction. (`date_trunc('milliseconds', now())`.)
# Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund pg@8.23.1 postgres@3.4.9
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >times.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";
const client = new pg.Client(`postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`);
const sql = postgres(`postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`, { max: 1 });
await client.connect();
const clients = {
  pg: async (text, values) => (await client.query(text, values)).rows,
  "postgres.js": (text, values) => sql.unsafe(text, values),
};
const seen = {};
for (const [name, query] of Object.entries(clients)) {
  await query("CREATE TEMP TABLE job (id int, due timestamptz)");
  await query("INSERT INTO job VALUES (1, '2026-11-30 09:00:00.000600Z'), (2, '2026-11-30 10:00:00Z')");
  const [{ due }] = await query("SELECT due FROM job WHERE id = 1");
  const updated = await query("UPDATE job SET due = due WHERE id = 1 AND due = $1 RETURNING id", [due]);
  const [{ id: next }] = await query("SELECT id FROM job WHERE due > $1 ORDER BY due LIMIT 1", [due]);

  // Of 400 jobs, each in its transaction, those that are not due in it.
  await query("CREATE TEMP TABLE rounded (due timestamptz(3) DEFAULT now())");
  await query("CREATE TEMP TABLE cut (due timestamptz(3) DEFAULT date_trunc('milliseconds', now()))");
  const ahead = { rounded: 0, cut: 0 };
  for (const table of Object.keys(ahead)) {
    for (let at = 0; at < 400; at++) {
      await query("BEGIN");
      await query(`INSERT INTO ${table} DEFAULT VALUES`);
      const found = await query(`DELETE FROM ${table} WHERE due <= now() RETURNING due`);
      if (found.length === 0) ahead[table] += 1;
      await query("ROLLBACK");
    }
  }
  seen[name] = { updated: updated.length, afterTheFirst: next, ahead };
}
console.log(JSON.stringify(seen));
await client.end();
await sql.end();
const same = ({ updated, afterTheFirst, ahead }) => updated === 0 && afterTheFirst === 1 && ahead.rounded > 50 && ahead.cut === 0;
process.exit(Object.values(seen).every(same) ? 0 : 1);
JS
node times.mjs "$port"
