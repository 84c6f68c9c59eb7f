#!/bin/sh
# One would guess: a consumer of NATS JetStream with `ack_wait` of a minute and `backoff: [1 s, 5 s]` lets a job run for a minute; one
# that fails (`nak()`) is tried again after a second, then after five.
# What nats-server 2.9.10 (Debian 12's) does: the other way round. The first step of `backoff` takes the place of `ack_wait`, which
# the server's answer says and no error does: a job that takes two seconds is given to a second worker after one, while the
# first is at it, and to a third five seconds later; with `max_deliver` it is then given to nobody. And `nak()` waits for
# none of it: what fails is back at once, and has used up its deliveries within milliseconds. (No `backoff`, but
# `nak(delay)` by the number of deliveries; `working()` while a job runs.) Exits non-zero once that has changed. Needs Debian
# or a child of it.
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
cat >backoff.mjs <<'JS'
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` });
const manager = await jetstreamManager(connection);
const js = jetstream(connection);
await manager.streams.add({ name: "JOBS", subjects: ["jobs.*"], retention: "workqueue" });
const asked = { ack_policy: "explicit", ack_wait: nanos(60_000), max_deliver: 3 };

/** One job: how long after its last delivery each further one came, with no answer to it or with a nak. */
const deliveries = async (name, settings, answer) => {
  const filter = { durable_name: name, filter_subject: `jobs.${name}` };
  const { config } = await manager.consumers.add("JOBS", { ...asked, ...settings, ...filter });
  const consumer = await js.consumers.get("JOBS", name);
  await js.publish(`jobs.${name}`, "job");
  const waits = [];
  for (let last; ; last = performance.now()) {
    const job = await consumer.next({ expires: 7000 });
    if (job === null) break;
    if (last !== undefined) waits.push(Math.round((performance.now() - last) / 100) / 10);
    answer(job);
  }
  return { ackWait: config.ack_wait / 1e9, waits };
};
const backoff = [nanos(1000), nanos(5000)];
const [without, running, failing] = await Promise.all([
  deliveries("without", {}, () => {}),
  deliveries("running", { backoff }, () => {}),
  deliveries("failing", { backoff }, (job) => job.nak()),
]);
const { messages } = (await manager.streams.info("JOBS")).state;
console.log(JSON.stringify({ without, running, failing, messages }));
await connection.close();
const near = ([first, second]) => first > 0.5 && first < 4 && second > 4 && second < 7;
const asGuessed = without.ackWait === 60 && without.waits.length === 0;
const replaced = running.ackWait === 1 && running.waits.length === 2 && near(running.waits);
process.exit(asGuessed && replaced && failing.waits.length === 2 && failing.waits.every((wait) => wait < 0.9) ? 0 : 1);
JS
node backoff.mjs "$port"
