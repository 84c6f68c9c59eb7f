#!/bin/sh
# One would guess: what nobody takes from the queue `work` for five minutes (`x-message-ttl`) goes by its dead-letter exchange to the
# queue `later`, waits there, and comes back to `work` in the same way, round after round, until a worker is there again:
# as a job that a worker rejects does, with the very same two queues.
# What RabbitMQ 3.10.8 does (Debian 12's; classic and quorum queues): a message that would come to a queue for the second time, only
# because its time was over, is dropped where it stands: at the end of its first stay in `later`. Nobody is told: its publish was
# confirmed, and although it was `mandatory` nothing is returned. With one rejection in the round it goes on. So the first outage of
# the workers that is long enough empties the queue. (No TTL on the queue that is worked on; or a worker that moves what is
# in `later`.) Exits non-zero once that has changed. Needs Debian 12 or a child of it.
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
cat >round.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import amqplib from "amqplib";
const connection = await amqplib.connect(`amqp://guest:guest@127.0.0.1:${process.argv[2]}`);
const channel = await connection.createConfirmChannel();
const declare = (name, type, next, ttlMs) => {
  const limits = { "x-queue-type": type, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": next };
  return channel.assertQueue(name, { durable: true, arguments: { ...limits, "x-message-ttl": ttlMs } });
};
const amountIn = async (queues) => {
  const all = await Promise.all(queues.map((queue) => channel.checkQueue(queue)));
  return all.reduce((sum, { messageCount }) => sum + messageCount, 0);
};
const roundsOf = async (type) => {
  const [work, later] = [`work-${type}`, `later-${type}`];
  await declare(work, type, later, 500);
  await declare(later, type, work, 500);
  const send = async () => {
    channel.sendToQueue(work, Buffer.from("job"), { persistent: true, mandatory: true });
    await channel.waitForConfirms();
  };
  // A worker rejects it each time.
  let rejected = 0;
  const { consumerTag } = await channel.consume(work, (message) => {
    if (!message) return;
    if (++rejected < 4) channel.reject(message, false);
    else channel.ack(message);
  });
  await send();
  for (let tries = 0; tries < 150 && rejected < 4; tries++) await sleep(100);
  await channel.cancel(consumerTag);
  // Nobody is there.
  await send();
  const first = await amountIn([work, later]);
  await sleep(4000);
  const left = await amountIn([work, later]);
  return { rejected, first, left };
};
let returned = 0;
channel.on("return", () => returned++);
const seen = { classic: await roundsOf("classic"), quorum: await roundsOf("quorum"), returned };
console.log(seen);
await connection.close();
const isGone = ({ rejected, first, left }) => rejected === 4 && first === 1 && left === 0;
process.exit(isGone(seen.classic) && isGone(seen.quorum) && returned === 0 ? 0 : 1);
JS
node round.mjs "$port"
