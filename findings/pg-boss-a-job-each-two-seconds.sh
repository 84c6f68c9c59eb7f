#!/bin/sh
# One would guess: `boss.work("mails", handler)` of pg-boss works through what waits, one job after the other, and asks every two seconds
# (`pollingIntervalSeconds`) where nothing does: that is what polling is for. So 20 mails of some milliseconds each take a moment.
# What pg-boss 12.38.0 does: it pauses after each fetch until two seconds have passed since the last one, whether or not more jobs
# wait: one job each two seconds, 43 200 a day at most, the rest of the time asleep beside a growing backlog. A handler that takes
# two seconds has no pause, so that a queue of long jobs, or a test of one job, shows nothing; and a job that is twice as fast gets no
# more done. graphile-worker 0.18.0, which asks every two seconds, too, goes on at once. (`burstWhenBatchFull: true` with a
# batchSize of 2 or more; with one job at a time pg-boss takes this option and ignores it.) Exits non-zero once that has changed. Needs
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
npm install --silent --no-audit --no-fund node@24.21.0 pg-boss@12.38.0 graphile-worker@0.18.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >poll.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { PgBoss } from "pg-boss";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const boss = new PgBoss({ ...settings, schedule: false, supervise: false });
boss.on("error", (error) => console.error(error.message));
await boss.start();
const done = {};
const burstWhenBatchFull = true;
for (const [name, options] of Object.entries({
  oneByOne: {},
  burstOfOne: { burstWhenBatchFull },
  batchesOfTwo: { batchSize: 2 },
  burstOfTwo: { burstWhenBatchFull, batchSize: 2 },
})) {
  done[name] = 0;
  await boss.createQueue(name);
  for (let n = 0; n < 20; n++) await boss.send(name, {});
  await boss.work(name, options, async (jobs) => void (done[name] += jobs.length));
}
await sleep(7000);
const seen = { ...done };
await boss.stop({ graceful: false });

const connectionString = `postgres://postgres@127.0.0.1:${settings.port}/postgres`;
const logger = new Logger(() => () => undefined);
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
for (let n = 0; n < 20; n++) await utils.addJob("mail", {});
seen.graphile = 0;
const options = { connectionString, logger, concurrency: 1, pollInterval: 2000, noHandleSignals: true };
const runner = await run({ ...options, taskList: { mail: async () => void seen.graphile++ } });
await sleep(7000);
await runner.stop();
await utils.release();
console.log("jobs done in seven seconds:", seen);
const slow = [seen.oneByOne, seen.burstOfOne, seen.batchesOfTwo / 2].every((fetches) => fetches >= 2 && fetches <= 5);
process.exit(slow && seen.burstOfTwo === 20 && seen.graphile === 20 ? 0 : 1);
JS
timeout 100 node_modules/.bin/node poll.mjs "$port"
