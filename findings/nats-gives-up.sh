#!/bin/sh
# One would guess: a client of NATS connects again for as long as it takes, as ioredis and mqtt do; and where it ends,
# the loop of a worker over its jobs, `for await (const job of await consumer.consume())`, throws.
# What @nats-io/transport-node 3.4.0 does: it tries ten times, two seconds apart, and then closes itself for good. The worker's loop
# ends as if there were no more jobs, with no error; so does each loop over a subscription or over `status()`. The process ends with
# exit code 0, which a supervisor that restarts on failure leaves alone, or lives on beside a server that has been back for hours.
# An outage of 25 seconds, a server that is updated, is enough for all workers at once. (`maxReconnectAttempts: -1`, or look at what
# `closed()` resolves with.) Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v nats-server >/dev/null || apt-get install -y nats-server >/dev/null 2>&1
nats-server --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
start() {
  nats-server -a 127.0.0.1 -p "$port" -js -sd "$folder/data" -l server.log &
  server=$!
  until grep -q "Server is ready" server.log 2>/dev/null; do
    kill -0 "$server"
    sleep 1
  done
}
cat >add.mjs <<'JS'
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` });
const manager = await jetstreamManager(connection);
if (process.argv[3] === "stream") {
  await manager.streams.add({ name: "JOBS", subjects: ["jobs"] });
  for (const name of ["default", "forever"]) await manager.consumers.add("JOBS", { durable_name: name, ack_policy: "explicit" });
}
await jetstream(connection).publish("jobs", process.argv[3]);
await connection.close();
JS
cat >worker.mjs <<'JS'
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
const [port, name, ...options] = process.argv.slice(2);
const connection = await connect({ servers: `127.0.0.1:${port}`, ...JSON.parse(options[0] ?? "{}") });
const consumer = await jetstream(connection).consumers.get("JOBS", name);
try {
  for await (const job of await consumer.consume()) {
    console.log(job.string());
    await job.ackAck();
    if (job.string() === "last") await connection.close();
  }
  console.log("no more jobs");
} catch (error) {
  console.log("error:", error.message);
}
JS
start
node add.mjs "$port" stream
node_modules/.bin/node worker.mjs "$port" default >default &
default=$!
node_modules/.bin/node worker.mjs "$port" forever '{"maxReconnectAttempts":-1}' >forever &
forever=$!
until grep -q stream default && grep -q stream forever; do sleep 1; done
sleep 2
kill -9 "$server"
wait "$server" || true
mv server.log first.log
sleep 30
start
node add.mjs "$port" last
code=0
wait "$default" || code=$?
for seconds in 1 2 3 4 5 6 7 8 9 10; do
  grep -q last forever || sleep 1
done
kill "$forever" 2>/dev/null || true
wait "$forever" || true
seen="$(tr '\n' ',' <default)exit $code; $(grep -c last forever) came to the other worker"
echo "$seen"
[ "$seen" = "stream,no more jobs,exit 0; 1 came to the other worker" ]
