#!/bin/sh
# One would guess: `addJob("recount", ["anna"], { jobKey: "recount", jobKeyMode: "replace" })` of graphile-worker puts its payload in
# the place of the one that waits, `["anna", "otto"]`: "replace" is the mode's name, and what happens to a payload that is an
# object.
# What graphile-worker 0.18.0 does: where both are lists it appends: ["anna", "otto", "anna"], in the mode "preserve_run_at" as well.
# A list is taken for a batch of jobs, though nothing about the task says that it is one. So what was removed from the list is
# worked on all the same, what stayed in it twice, and a job that is put off each minute (a debounce) has grown by a whole list
# each time. `{ names: [...] }` is replaced. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 graphile-worker@0.18.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >lists.mjs <<'JS'
import { Logger, makeWorkerUtils, runOnce } from "graphile-worker";
const connectionString = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
const add = (jobKey, payload) => utils.addJob("recount", payload, { jobKey, jobKeyMode: jobKey.split(" ")[0] });
for (const mode of ["replace", "preserve_run_at"]) {
  for (const names of [["anna", "otto"], ["anna"]]) {
    await add(`${mode} list`, names);
    await add(`${mode} object`, { names });
  }
}
await utils.release();
const seen = {};
const recount = async (payload, { job }) => {
  seen[job.key] = (payload.names ?? payload).join();
};
await runOnce({ connectionString, logger, taskList: { recount } });
console.log(seen);
const appended = ["replace list", "preserve_run_at list"].every((key) => seen[key] === "anna,otto,anna");
process.exit(appended && ["replace object", "preserve_run_at object"].every((key) => seen[key] === "anna") ? 0 : 1);
JS
node_modules/.bin/node lists.mjs "$port"
