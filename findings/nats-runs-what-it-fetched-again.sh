#!/bin/sh
# One would guess: `for await (const job of await consumer.consume())` of NATS JetStream hands a worker one job after the other, and the
# `ack_wait` of a job, two seconds here, is the time from then to its acknowledgement. A job that takes half a second is done with once.
# What @nats-io/jetstream 3.4.0 with nats-server 2.9.10 (Debian 12's) does: the client fetches 100 messages ahead, and the time of all
# of them runs from there. Of ten jobs all but the first few are too late before they begin, so the server delivers them again, to
# the same worker or another one, and each runs a second or third time although it was acknowledged as soon as it was done, with an
# answer (`ackAck`) that says so. A queue that is never longer than a few jobs, as in a test, does not show it. (`consume({
# max_messages: 1 })`.) Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v nats-server >/dev/null || apt-get install -y nats-server >/dev/null 2>&1
nats-server --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
nats-server -a 127.0.0.1 -p "$port" -js -sd "$folder/data" -l server.log &
server=$!
until grep -q "Server is ready" server.log 2>/dev/null; do
  kill -0 "$server"
  sleep 1
done
cat >ahead.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` });
const manager = await jetstreamManager(connection);
const js = jetstream(connection);

/** Ten jobs: how often each ran, until four seconds have passed without one. */
const play = async (name, options) => {
  await manager.streams.add({ name, subjects: [name], retention: "workqueue" });
  await manager.consumers.add(name, { durable_name: "workers", ack_policy: "explicit", ack_wait: nanos(2000) });
  for (let job = 0; job < 10; job++) await js.publish(name, String(job));
  const jobs = await (await js.consumers.get(name, "workers")).consume(options);
  const runs = Array.from({ length: 10 }, () => 0);
  let quiet = setTimeout(() => {}, 0);
  let refused = 0;
  for await (const job of jobs) {
    clearTimeout(quiet);
    runs[Number(job.string())]++;
    await sleep(500);
    if (!(await job.ackAck())) refused++;
    quiet = setTimeout(() => jobs.stop(), 4000);
  }
  return { runs: runs.join(""), refused };
};
const seen = { byDefault: await play("ahead"), one: await play("one", { max_messages: 1 }) };
console.log(seen);
await connection.close();
const again = /^1[1-9]*$/.test(seen.byDefault.runs) && [...seen.byDefault.runs].filter((runs) => runs > 1).length >= 5;
process.exit(again && seen.one.runs === "1111111111" ? 0 : 1);
JS
node ahead.mjs "$port"
