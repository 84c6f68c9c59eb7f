#!/bin/sh
# One would guess: a queue with `x-single-active-consumer`, which keeps jobs in order by giving them to one worker, is handed over when
# that worker stops as it should: it cancels its consumer, ends the job in hand, acknowledges it, and then the next worker
# gets the next job.
# What RabbitMQ 3.10.8 does (Debian 12's, a quorum queue): the next worker is active as soon as the first has cancelled. It is given
# job 2 while job 1 is still running and not acknowledged, and may end before it: at each deploy, for each ordered queue, and
# only there. (A worker that ends its job first and closes its channel then, without a cancel, has no overlap; what it is
# sent in between goes to the next one.) Exits non-zero once that has changed.
# Needs Debian 12 or a child of it.
set -eu
folder=$(mktemp -d)
server= mapper=
trap 'for one in $server $mapper; do kill "$one"; wait "$one" || true; done; rm -rf "$folder"' EXIT
cd "$folder"
bin=/usr/lib/rabbitmq/bin/rabbitmq-server
[ -x "$bin" ] || apt-get install -y --no-install-recommends rabbitmq-server >/dev/null 2>&1
dpkg-query -W -f 'RabbitMQ ${Version}\n' rabbitmq-server
npm init -y >/dev/null
npm install --silent --no-audit --no-fund amqplib@2.3.1
# A node of its own: its ports, its data, its log.
ports=$(node -e 'const net = require("net"); const all = [1, 2, 3].map(() => net.createServer().listen(0, "127.0.0.1"));
  setTimeout(() => { console.log(all.map((one) => one.address().port).join(" ")); all.forEach((one) => one.close()); }, 200);')
port=${ports%% *} nodes=${ports##* }
ERL_EPMD_PORT=${ports#* } ERL_EPMD_PORT=${ERL_EPMD_PORT% *}
echo "[]." >plugins
export ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1 HOME="$folder" RABBITMQ_NODENAME="finding-$port@localhost" \
  RABBITMQ_NODE_PORT="$port" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_DIST_PORT="$nodes" \
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" RABBITMQ_MNESIA_BASE="$folder/data" \
  RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_PID_FILE="$folder/pid" RABBITMQ_CONFIG_FILE="$folder/rabbitmq" \
  RABBITMQ_CONF_ENV_FILE="$folder/env" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" RABBITMQ_LOGS=- \
  RUNNING_UNDER_SYSTEMD=1 # its script becomes the server
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 &
mapper=$!
"$bin" >server.log 2>&1 &
server=$!
until grep -q "Server startup complete" server.log; do
  kill -0 "$server"
  sleep 1
done
cat >successor.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import amqplib from "amqplib";
const connection = await amqplib.connect(`amqp://guest:guest@127.0.0.1:${process.argv[2]}`);
const jobs = await connection.createConfirmChannel();
const open = async (queue, take) => {
  const channel = await connection.createChannel();
  await channel.prefetch(1);
  const { consumerTag } = await channel.consume(queue, (message) => message && take(channel, message));
  return { channel, consumerTag };
};
const eventsOf = async (queue, stop) => {
  const limits = { "x-queue-type": "quorum", "x-single-active-consumer": true };
  await jobs.assertQueue(queue, { durable: true, arguments: limits });
  const events = [];
  const begun = Promise.withResolvers();
  const end = Promise.withResolvers();
  const done = Promise.withResolvers();
  const first = await open(queue, async (channel, message) => {
    begun.resolve();
    await end.promise;
    events.push("1 ended");
    channel.ack(message);
    done.resolve();
  });
  await open(queue, (channel, message) => {
    events.push(`${message.content} begun by the next`);
    channel.ack(message);
  });
  for (const job of ["1", "2"]) jobs.sendToQueue(queue, Buffer.from(job), { persistent: true });
  await jobs.waitForConfirms();
  await begun.promise;
  if (stop === "cancel") await first.channel.cancel(first.consumerTag);
  await sleep(3000);
  end.resolve();
  await done.promise;
  if (stop === "close") await first.channel.close();
  await sleep(2000);
  return events.join(", ");
};
const cancelled = await eventsOf("cancelled", "cancel");
const closed = await eventsOf("closed", "close");
console.log({ cancelled, closed });
await connection.close();
process.exit(cancelled === "2 begun by the next, 1 ended" && closed.startsWith("1 ended") ? 0 : 1);
JS
node successor.mjs "$port"
