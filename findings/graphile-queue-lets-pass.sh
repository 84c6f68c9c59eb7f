#!/bin/sh
# One would guess: jobs of graphile-worker with one `queueName` run in order, one after the other: where the first fails and waits
# for its retry, the second waits behind it, since the second change of an account must not be applied before the first.
# What graphile-worker 0.18.0 does: the queue holds the place of what runs, and of nothing else. What waits for its retry is passed
# by all that came after it: "one at a time" is kept, "in order" ends with the first failure, here after 1, 2 and 3 have
# started as 1, 2, 3, 1. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund graphile-worker@0.18.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >order.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
const connectionString = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
for (const change of [1, 2, 3]) await utils.addJob("apply", { change }, { queueName: "account-17" });
const started = [];
let ended = 0;
let atOnce = 0;
let most = 0;
const apply = async ({ change }) => {
  most = Math.max(most, ++atOnce);
  started.push(change);
  await sleep(50);
  atOnce--;
  if (change === 1 && started.filter((one) => one === 1).length === 1) throw new Error("the bank is away");
  ended++;
};
const runner = await run({ connectionString, logger, concurrency: 4, pollInterval: 200, noHandleSignals: true, taskList: { apply } });
for (let tries = 0; tries < 200 && ended < 3; tries++) await sleep(100);
console.log(JSON.stringify({ started, most }));
await runner.stop();
await utils.release();
process.exit(started.join() === "1,2,3,1" && most === 1 ? 0 : 1);
JS
node order.mjs "$port"
