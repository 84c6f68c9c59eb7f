#!/bin/sh
# One would guess: a wrapper of amqp-connection-manager, which opens its channel and its consumer anew after a cut line, knows what it was
# given before the cut. A job whose handler outlasts the cut has gone back to the queue, so its `channel.ack(message)` does nothing, or throws,
# as it does on a channel of amqplib that is closed: the job is run a second time, and that is all.
# What amqp-connection-manager 5.0.0 with amqplib 2.3.1 and RabbitMQ 3.10.8 (Debian 12's) does: it sends the old number to the new channel, where
# the numbers begin at 1 again. So the ack of the old job acknowledges the one that came first on the new line, while that is under way.
# If its worker dies then, nobody runs that job again: it is lost, at a cut of a second, without an error. (`ack` on the channel that
# the message came by, which `setup` is given.) Exits non-zero once that has changed. Needs Debian 12 or a child of it.
set -eu
folder=$(mktemp -d)
server= mapper=
trap 'for one in $server $mapper; do kill "$one"; wait "$one" || true; done; rm -rf "$folder"' EXIT
cd "$folder"
bin=/usr/lib/rabbitmq/bin/rabbitmq-server
[ -x "$bin" ] || apt-get install -y --no-install-recommends rabbitmq-server >/dev/null 2>&1
dpkg-query -W -f 'RabbitMQ ${Version}\n' rabbitmq-server
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 amqplib@2.3.1 amqp-connection-manager@5.0.0
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
cat >cut.mjs <<'JS'
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import manager from "amqp-connection-manager";
import amqplib from "amqplib";
const port = Number(process.argv[2]);
const direct = await amqplib.connect(`amqp://guest:guest@127.0.0.1:${port}`);
const other = await direct.createConfirmChannel();
const send = async (queue, job) => {
  other.sendToQueue(queue, Buffer.from(job));
  await other.waitForConfirms();
};
/** A line to the broker that can be cut. While it is away, nobody gets through. */
let away = false;
const sockets = new Set();
const line = net.createServer((near) => {
  const far = net.connect(port, "127.0.0.1");
  for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
  if (away) cut();
  else near.pipe(far).pipe(near);
});
const cut = () => sockets.forEach((socket) => socket.destroy());
line.listen(0, "127.0.0.1");
await once(line, "listening");

/** Whether the second job is in the queue again after its worker has died, where `ack` ends the first one. */
const isBack = async (queue, ack) => {
  await other.assertQueue(queue);
  away = false;
  const worker = manager.connect(`amqp://guest:guest@127.0.0.1:${line.address().port}`, { reconnectTimeInSeconds: 1 });
  const given = { first: Promise.withResolvers(), second: Promise.withResolvers() };
  const setup = async (raw) => {
    await raw.prefetch(1);
    await raw.consume(queue, (message) => given[message.content.toString()].resolve({ raw, message }));
  };
  const channel = worker.createChannel({ setup });
  await send(queue, "first");
  const first = await given.first.promise;
  away = true;
  cut();
  // Another worker runs the first job meanwhile.
  let again = false;
  while (!again) again = await other.get(queue);
  other.ack(again);
  await send(queue, "second");
  away = false;
  await given.second.promise;
  let told = "nothing";
  try {
    (ack === "by the wrapper" ? channel : first.raw).ack(first.message);
  } catch (error) {
    told = error.name;
  }
  await sleep(1000);
  // The worker dies in the middle of the second job.
  away = true;
  cut();
  await sleep(2000);
  const back = await other.get(queue, { noAck: true });
  await worker.close();
  return { told, theSecondIsBack: back !== false };
};
const seen = { wrapper: await isBack("one", "by the wrapper"), channel: await isBack("two", "by the channel") };
console.log(seen);
await direct.close();
line.close();
const { wrapper, channel } = seen;
const lost = wrapper.told === "nothing" && !wrapper.theSecondIsBack;
process.exit(lost && channel.told === "IllegalOperationError" && channel.theSecondIsBack ? 0 : 1);
JS
timeout 100 node_modules/.bin/node cut.mjs "$port"
