#!/bin/sh
# One would guess: a debounced send lets the last one win: of five changes in an hour one job comes out, with the data of
# the fifth.
# What pg-boss 12.38.0 does: `sendDebounced` makes a job of the first at once, a second one, due in the next slot of time,
# of the second, and answers null to all that follow: their data are nowhere. So the state that everybody ended up with is
# never sent: the job that runs last has what was true after the second change. Exits non-zero once that has changed. Needs
# Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 pg-boss@12.38.0 pg@8.23.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >debounce.mjs <<'JS'
import pg from "pg";
import { PgBoss } from "pg-boss";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
// Slots of a day begin at midnight UTC: not across one.
const toMidnight = 86_400_000 - (Date.now() % 86_400_000);
if (toMidnight < 120_000) await new Promise((resolve) => setTimeout(resolve, toMidnight + 1000));
const boss = new PgBoss({ ...settings, schedule: false, supervise: false });
boss.on("error", (error) => console.error(error.message));
await boss.start();
await boss.createQueue("changes");
const made = [];
for (let change = 1; change <= 5; change++) {
  made.push((await boss.sendDebounced("changes", { change }, null, 86_400, "a document")) !== null);
}
await boss.stop({ graceful: false });
const client = new pg.Client(settings);
await client.connect();
const { rows } = await client.query("SELECT data, start_after > now() AS later FROM pgboss.job WHERE name = 'changes'");
await client.end();
const jobs = rows.map(({ data, later }) => `change ${data.change}, ${later ? "later" : "at once"}`).sort();
console.log(JSON.stringify({ made, jobs }));
process.exit(made.join() === "true,true,false,false,false" && jobs.join("; ") === "change 1, at once; change 2, later" ? 0 : 1);
JS
node_modules/.bin/node debounce.mjs "$port"
