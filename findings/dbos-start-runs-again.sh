#!/bin/sh
# One would guess: DBOS takes up a workflow again where the process that ran it has ended. One that is running under its id
# runs once at a time, also when a second process of the same program starts: a second worker, the new one of a deploy.
# What @dbos-inc/dbos-sdk 5.3.0 does: each process that starts takes all unfinished workflows of its executor for those of a
# dead one, and unless it is told otherwise every process is the executor "local". So the start of a process that has nothing
# to do itself runs each workflow that is under way a second time beside the first, here even in the very process that
# still runs the first; its steps that are not done yet are done twice. With an `executorID` of its own for each process it
# is run once. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 @dbos-inc/dbos-sdk@5.3.0 pg@8.23.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >program.mjs <<'JS'
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
const [port, role, executorID] = process.argv.slice(2); // none: the default
const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const client = new pg.Client({ connectionString });
await client.connect();
// Asks the database until it says yes.
const until = async (condition) => {
  while (!(await client.query(`SELECT ${condition} AS yes`)).rows[0].yes) await sleep(100);
};

const report = DBOS.registerWorkflow(
  async () => {
    await client.query("INSERT INTO run DEFAULT VALUES");
    // Its work: until it is told to end.
    await until("EXISTS (SELECT FROM finish)");
  },
  { name: "report" },
);
DBOS.setConfig({ name: "program", systemDatabaseUrl: connectionString, executorID, runAdminServer: false, logLevel: "error" });
if (role === "first") await client.query("CREATE TABLE run(id serial); CREATE TABLE finish(id int)");
await DBOS.launch();
if (role === "first") {
  const handle = await DBOS.startWorkflow(report, { workflowID: `report for ${executorID}` })();
  await handle.getResult();
} else {
  // Long enough for ten looks into the queues.
  for (let turn = 0; turn < 20 && !(await client.query("SELECT 1 FROM run OFFSET 1")).rowCount; turn++) await sleep(500);
  const { rows } = await client.query("SELECT count(*)::int AS n FROM run");
  await client.query("INSERT INTO finish VALUES (1)");
  console.log(`${executorID ?? "no executorID"}: ${rows[0].n} run(s) at once of one id`);
  process.exitCode = rows[0].n === (executorID === undefined ? 2 : 1) ? 0 : 1;
}
await DBOS.shutdown();
await client.end();
JS
# What the first and the second process are given as executorID.
both() {
  "$bin/psql" -q -h 127.0.0.1 -p "$port" -U postgres -c "DROP TABLE IF EXISTS run, finish"
  node_modules/.bin/node --no-deprecation program.mjs "$port" first $1 &
  first=$!
  until [ "$("$bin/psql" -At -h 127.0.0.1 -p "$port" -U postgres -c "SELECT count(*) FROM run" 2>/dev/null)" = 1 ]; do
    kill -0 "$first"
    sleep 1
  done
  node_modules/.bin/node --no-deprecation program.mjs "$port" second $2
  wait "$first"
}
both "" ""
both one two
