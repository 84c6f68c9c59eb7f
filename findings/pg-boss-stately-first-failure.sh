#!/bin/sh
# One would guess: a job of pg-boss with `retryLimit: 5` that fails for the first time is tried again, in a queue of the
# policy "stately" (one job of a key waiting, one running, one to be retried) as in any other.
# What pg-boss 12.38.0 does: where another job of the key waits for its retry at that moment, there is no place for a second
# one, and the job is failed for good: at its first failure, with none of its five retries used, and `fail` answers that one
# job was affected, as ever. The newer state of a document is given up and the older one is tried five times more: whenever
# a service is away for long enough for two jobs to meet it. Exits non-zero once that has changed. Needs Debian or a child
# of it.
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
npm install --silent --no-audit --no-fund node@24.21.0 pg-boss@12.38.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >stately.mjs <<'JS'
import { PgBoss } from "pg-boss";
const settings = { host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres" };
const boss = new PgBoss({ ...settings, schedule: false, supervise: false });
boss.on("error", (error) => console.error(error.message));
await boss.start();
const outage = async (queue, policy) => {
  await boss.createQueue(queue, { policy });
  const seen = [];
  for (const version of [1, 2]) {
    const id = await boss.send(queue, { version }, { retryLimit: 5, retryDelay: 3600, singletonKey: "a document" });
    const [job] = await boss.fetch(queue);
    const { affected } = await boss.fail(queue, job.id, { message: "service is away" });
    const [{ state, retryCount }] = await boss.findJobs(queue, { id });
    seen.push(`version ${job.data.version}: ${affected} affected, ${state} after ${retryCount} retries`);
  }
  return seen;
};
const seen = { standard: await outage("standard", "standard"), stately: await outage("stately", "stately") };
await boss.stop({ graceful: false });
console.log(seen);
const retries = (version) => `version ${version}: 1 affected, retry after 0 retries`;
const standard = seen.standard.join() === [1, 2].map(retries).join();
const stately = seen.stately.join() === `${retries(1)},version 2: 1 affected, failed after 0 retries`;
process.exit(standard && stately ? 0 : 1);
JS
node_modules/.bin/node stately.mjs "$port"
