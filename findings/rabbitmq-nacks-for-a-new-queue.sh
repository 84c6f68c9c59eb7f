#!/bin/sh
# One would guess: a `mandatory` message with a confirm is returned while its queue does not exist, and confirmed from then
# on. A nack says that the server could not store it, as when a disk is full.
# What RabbitMQ 3.10.8 does (Debian 12's): while a quorum queue is being declared, messages for it are neither returned nor
# confirmed but refused by a nack, as if the server was broken. Whoever publishes from one connection while another one
# declares must take it for "try again". (Retry after a nack, or publish only after the declare-ok.) Exits non-zero once
# that has changed.
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
cat >declare.mjs <<'JS'
import amqplib from "amqplib";
const connect = () => amqplib.connect(`amqp://guest:guest@127.0.0.1:${process.argv[2]}`);
const [one, other] = [await connect(), await connect()];
const declaring = await one.createChannel();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const seen = {};
for (let i = 0; i < 60; i++) {
  const channel = await other.createConfirmChannel();
  const returned = new Set();
  channel.on("return", ({ properties }) => returned.add(properties.messageId));
  const answers = [];
  let over = false;
  const publishing = (async () => {
    const all = [];
    for (let n = 0; !over; n++) {
      const options = { persistent: true, mandatory: true, messageId: String(n) };
      const answer = new Promise((resolve) => channel.publish("", `queue-${i}`, Buffer.from("x"), options, resolve));
      all.push(answer.then((error) => answers.push(error ? "nack" : returned.has(String(n)) ? "returned" : "confirmed")));
      await pause(0);
    }
    await Promise.all(all);
  })();
  await pause(5);
  await declaring.assertQueue(`queue-${i}`, { durable: true, arguments: { "x-queue-type": "quorum" } });
  await pause(30);
  over = true;
  await publishing;
  await channel.close();
  const story = answers.filter((answer, n) => answer !== answers[n - 1]).join(", then ");
  seen[story] = (seen[story] ?? 0) + 1;
}
console.log(`of 60 queues: ${JSON.stringify(seen)}`);
process.exit(seen["returned, then nack, then confirmed"] > 0 ? 0 : 1);
JS
node declare.mjs "$port"
