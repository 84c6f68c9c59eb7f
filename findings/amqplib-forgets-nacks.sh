#!/bin/sh
# One would guess: `await channel.waitForConfirms()` of amqplib after a batch rejects if the broker has refused one of its messages:
# that is what it waits for, and why a batch needs no callback for each `publish`.
# What amqplib 2.3.1 with RabbitMQ 3.10.8 (Debian 12's) does: it looks at the messages whose answer is still open, and knows nothing
# of the others. So with five messages written at once it rejects, and with the same five written in a loop that awaits anything
# (the next page of the database) it resolves, though four were refused and are nowhere. The more slowly the batch is written,
# the more of its losses are taken for success. (A callback for each message; the channel's event "nack".)
# Exits non-zero once that has changed. Needs Debian 12 or a child of it.
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
cat >confirms.mjs <<'JS'
import amqp from "amqplib";
const connection = await amqp.connect(`amqp://127.0.0.1:${process.argv[2]}`);
const channel = await connection.createConfirmChannel();
const full = { arguments: { "x-max-length": 1, "x-overflow": "reject-publish" } };
const batch = async (queue, between) => {
  await channel.assertQueue(queue, full);
  const answers = { ack: 0, nack: 0 };
  const count = { ack: () => (answers.ack += 1), nack: () => (answers.nack += 1) };
  for (const [event, listener] of Object.entries(count)) channel.on(event, listener);
  for (let at = 1; at <= 5; at++) {
    channel.sendToQueue(queue, Buffer.from(`job ${at}`));
    await between(() => answers.ack + answers.nack === at);
  }
  const confirms = await channel.waitForConfirms().then(() => "resolved", ({ message }) => message);
  for (const [event, listener] of Object.entries(count)) channel.off(event, listener);
  const { messageCount: stored } = await channel.checkQueue(queue);
  return { ...answers, confirms, stored };
};
const atOnce = await batch("at-once", () => {});
const oneByOne = await batch("one-by-one", async (answered) => {
  while (!answered()) await new Promise((resolve) => setImmediate(resolve));
});
console.log({ atOnce, oneByOne });
await connection.close();
const resolved = oneByOne.nack === 4 && oneByOne.confirms === "resolved";
process.exit(resolved && atOnce.confirms === "message nacked" && atOnce.stored + oneByOne.stored === 2 ? 0 : 1);
JS
node confirms.mjs "$port"
