#!/bin/sh
# One would guess: graphile-worker's `jobKey` stands for one job at a time. Where a job of that key is running, `addJob` of
# the same key waits for its end or takes its place; and a job with `maxAttempts: 5` that fails once is tried again.
# What graphile-worker 0.18.0 does: the key is taken from the running job and a second job made of it, which another worker
# starts at once: two runs of one key side by side. The first one's attempts are set to their maximum with that, so if it
# fails now, its first failure is its last. Exits non-zero once that has changed. Needs Debian or a child of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 graphile-worker@0.18.0 pg@8.23.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >key.mjs <<'JS'
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
const connectionString = `postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`;
const logger = new Logger(() => () => {});
const seen = [];
const gate = () => {
  let open;
  return { passed: new Promise((resolve) => (open = resolve)), open: () => open() };
};
const [started, both, failed] = [gate(), gate(), gate()];
const report = async ({ version }) => {
  seen.push(`${version} starts`);
  if (version === 2) return both.open();
  started.open();
  await both.passed;
  seen.push("1 fails");
  throw new Error("away");
};
const options = { connectionString, concurrency: 2, pollInterval: 200, noHandleSignals: true, logger, taskList: { report } };
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
const runner = await run(options);
runner.events.on("job:failed", () => failed.open());
runner.events.on("job:error", () => failed.open());
await utils.addJob("report", { version: 1 }, { jobKey: "report of May", maxAttempts: 5 });
await started.passed;
await utils.addJob("report", { version: 2 }, { jobKey: "report of May", maxAttempts: 5 });
await failed.passed;
await runner.stop();
await utils.release();
const client = new pg.Client({ connectionString });
await client.connect();
const { rows } = await client.query("SELECT key, attempts, max_attempts FROM graphile_worker.jobs");
await client.end();
console.log(JSON.stringify({ seen, left: rows }));
const over = rows.length === 1 && rows[0].key === null && rows[0].attempts === rows[0].max_attempts;
process.exit(seen.join() === "1 starts,2 starts,1 fails" && over ? 0 : 1);
JS
node_modules/.bin/node key.mjs "$port"
