#!/bin/sh
# One would guess: a queue with `x-max-length: 10` and `x-overflow: reject-publish` takes ten messages and refuses the eleventh
# by a nack, so a producer feels the backpressure at ten. A quorum queue differs from a classic one in how it stores them.
# What RabbitMQ 3.10.8 does (Debian 12's): a classic queue is as guessed. A quorum queue refuses only once its leader has told
# the channel that it is full, so it confirms the eleventh of messages that come one by one, and some hundreds of those that
# come without waiting for each confirm; all are stored and delivered. A limit that must hold (of memory, of a downstream's
# quota) needs a classic queue, or producers that wait. Exits non-zero once that has changed.
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
cat >full.mjs <<'JS'
import amqplib from "amqplib";
const connection = await amqplib.connect(`amqp://guest:guest@127.0.0.1:${process.argv[2]}`);
const confirmedOf = async (type, pipelined) => {
  const channel = await connection.createConfirmChannel();
  const name = `${type}-${pipelined}`;
  const limits = { "x-queue-type": type, "x-max-length": 10, "x-overflow": "reject-publish" };
  await channel.assertQueue(name, { durable: true, arguments: limits });
  let confirmed = 0;
  const publish = () =>
    new Promise((resolve) =>
      channel.sendToQueue(name, Buffer.from("x"), { persistent: true }, (error) => resolve((confirmed += error ? 0 : 1))),
    );
  if (pipelined) await Promise.all(Array.from({ length: 2000 }, publish));
  else for (let n = 0; n < 100; n++) await publish();
  let delivered = 0;
  while (await channel.get(name, { noAck: true })) delivered++;
  return { confirmed, delivered };
};
const seen = {
  classicPipelined: await confirmedOf("classic", true),
  classicOneByOne: await confirmedOf("classic", false),
  quorumPipelined: await confirmedOf("quorum", true),
  quorumOneByOne: await confirmedOf("quorum", false),
};
console.log(seen);
await connection.close();
const { classicPipelined, classicOneByOne, quorumPipelined, quorumOneByOne } = seen;
const isKept = Object.values(seen).every(({ confirmed, delivered }) => confirmed === delivered);
const isExact = classicPipelined.confirmed === 10 && classicOneByOne.confirmed === 10;
process.exit(isKept && isExact && quorumPipelined.confirmed > 50 && quorumOneByOne.confirmed > 10 ? 0 : 1);
JS
node full.mjs "$port"
