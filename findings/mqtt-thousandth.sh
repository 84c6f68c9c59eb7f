#!/bin/sh
# One would guess: at QoS 1 a publish that the broker acknowledged is kept for each subscriber with a session until he has
# it; a broker that has no more room answers with an error or holds the acknowledgement back.
# What Mosquitto 2.0.11 does: it keeps 1 000 messages for a session (`max_queued_messages`; the client is away, or slow) and
# drops what comes after them, the newest, while it acknowledges each one as before: in version 5 too, with the reason code
# of success, and `publishAsync` of mqtt 5.16.0 resolves. The subscriber, back again, gets the first thousand and no hint of
# a gap. Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >thousand.mjs <<'JS'
import mqtt from "mqtt";
const url = `mqtt://127.0.0.1:${process.argv[2]}`;
const worker = { protocolVersion: 5, clean: false, clientId: "worker", properties: { sessionExpiryInterval: 3600 } };
// Connects again each 100 ms until the broker listens.
const connect = (options) =>
  new Promise((resolve) => {
    const client = mqtt.connect(url, { reconnectPeriod: 100, ...options });
    const got = [];
    client.on("message", (_topic, message) => got.push(String(message)));
    client.once("connect", () => resolve({ client, got }));
  });

const before = await connect(worker);
await before.client.subscribeAsync("jobs", { qos: 1 });
await before.client.endAsync();

const producer = await connect({ protocolVersion: 5 });
let acknowledged = 0;
let refused = 0;
producer.client.on("packetreceive", ({ cmd, reasonCode }) => {
  if (cmd === "puback") (reasonCode ?? 0) === 0 ? acknowledged++ : refused++;
});
const published = 1500;
for (let job = 1; job <= published; job++) await producer.client.publishAsync("jobs", `${job}`, { qos: 1 });

const after = await connect(worker);
while (after.got.length < 1000) await new Promise((resolve) => setTimeout(resolve, 20));
// A message after the others tells that no more of them come.
await producer.client.publishAsync("jobs", "end", { qos: 1 });
while (!after.got.includes("end")) await new Promise((resolve) => setTimeout(resolve, 20));
const jobs = after.got.filter((job) => job !== "end");
console.log(JSON.stringify({ published, acknowledged, refused, received: jobs.length, first: jobs[0], last: jobs.at(-1) }));
await after.client.endAsync();
await producer.client.endAsync();
process.exit(acknowledged >= published && refused === 0 && jobs.length === 1000 && jobs.at(-1) === "1000" ? 0 : 1);
JS
node thousand.mjs "$port"
