#!/bin/sh
# One would guess: a job of NATS JetStream that its worker gives back for a later try, `message.nak(3_600_000)`, is in nobody's hands for
# that hour: `max_ack_pending` counts what workers have taken and not answered, and this one was answered.
# What nats-server 2.9.10 (Debian 12's) does: it stays pending until its last try is acknowledged, and holds its place while it waits.
# With `max_ack_pending: 10`, "ten jobs at a time", ten jobs whose service is down stop the queue for an hour: all others, for services
# that are well, are not handed out, no worker does anything, and no error comes. As a place is held by each retry that waits, the
# 1 000 places that a consumer has by itself are a limit of failures, too. (Publish it anew to a subject of its own, to be taken by
# another consumer, and acknowledge it.) Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >nak.mjs <<'JS'
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` });
const manager = await jetstreamManager(connection);
const js = jetstream(connection);
await manager.streams.add({ name: "JOBS", subjects: ["jobs.*"], retention: "workqueue" });

/** Ten jobs fail; is the eleventh handed out? */
const play = async (name, answer) => {
  const asked = { ack_policy: "explicit", ack_wait: nanos(60_000), max_ack_pending: 10 };
  await manager.consumers.add("JOBS", { ...asked, durable_name: name, filter_subject: `jobs.${name}` });
  for (let n = 1; n <= 11; n++) await js.publish(`jobs.${name}`, `job ${n}`);
  const consumer = await js.consumers.get("JOBS", name);
  for (let n = 1; n <= 10; n++) answer(await consumer.next({ expires: 5000 }));
  await connection.flush();
  const next = await consumer.next({ expires: 3000 });
  const { num_ack_pending, num_pending } = await consumer.info();
  return `${next?.string() ?? "nothing"}, pending: ${num_ack_pending}, behind: ${num_pending}`;
};
const seen = {
  acknowledged: await play("acknowledged", (job) => job.ack()),
  givenBack: await play("back", (job) => job.nak(3_600_000)),
};
await connection.close();
console.log(seen);
const { acknowledged, givenBack } = seen;
process.exit(acknowledged === "job 11, pending: 1, behind: 0" && givenBack === "nothing, pending: 10, behind: 1" ? 0 : 1);
JS
timeout 60 node nak.mjs "$port"
