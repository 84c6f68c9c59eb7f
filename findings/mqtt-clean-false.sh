#!/bin/sh
# One would guess: `clean: false` and a client id of its own make a worker's MQTT session outlive its connection: what comes
# at QoS 1 while it is away waits for it, and moving to `protocolVersion: 5` keeps that.
# What mqtt 5.16.0 with Mosquitto 2.0.11 does: with version 4 that is so. In version 5 `clean: false` only takes up an old
# session; how long it stands after the connection is another property, `sessionExpiryInterval`, 0 by default: the session
# ends as the connection does, with its subscriptions. The same options, one number changed, and every message of a restart
# is gone, though its publisher was answered at QoS 1. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v mosquitto >/dev/null || apt-get install -y mosquitto >/dev/null 2>&1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mqtt@5.16.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >broker.conf
mosquitto -c broker.conf 2>broker.log &
server=$!
cat >clean.mjs <<'JS'
import mqtt from "mqtt";
const url = `mqtt://127.0.0.1:${process.argv[2]}`;
// Connects again each 100 ms until the broker listens.
const connect = (options) =>
  new Promise((resolve) => {
    const client = mqtt.connect(url, { reconnectPeriod: 100, ...options });
    const got = [];
    client.on("message", (_topic, message) => got.push(String(message)));
    client.once("connect", ({ sessionPresent }) => resolve({ client, got, sessionPresent }));
  });

async function restart(options) {
  const worker = { clean: false, clientId: `worker-${JSON.stringify(options).length}`, ...options };
  const topic = `jobs/${worker.clientId}`;
  const before = await connect(worker);
  await before.client.subscribeAsync(topic, { qos: 1 });
  await before.client.endAsync();
  const producer = await connect({ protocolVersion: options.protocolVersion });
  for (let job = 1; job <= 3; job++) await producer.client.publishAsync(topic, `job ${job}`, { qos: 1 });
  const after = await connect(worker);
  // A subscription that is made now, and a message after it, tell that all that waited has come.
  await after.client.subscribeAsync(`${topic}/end`, { qos: 1 });
  await producer.client.publishAsync(`${topic}/end`, "end", { qos: 1 });
  while (!after.got.includes("end")) await new Promise((resolve) => setTimeout(resolve, 20));
  await after.client.endAsync();
  await producer.client.endAsync();
  return after.got.length - 1;
}

const seen = {
  "version 4": await restart({ protocolVersion: 4 }),
  "version 5": await restart({ protocolVersion: 5 }),
  "version 5, an hour": await restart({ protocolVersion: 5, properties: { sessionExpiryInterval: 3600 } }),
};
console.log(JSON.stringify(seen));
process.exit(Object.values(seen).join() === "3,0,3" ? 0 : 1);
JS
node clean.mjs "$port"
