#!/bin/sh
# One would guess: two workers that share their jobs by `$share/workers/jobs`, each with a session of its own so that nothing is lost
# (`clean: false`, QoS 1), stand in for each other: while one is away, for a deploy or for ever, the other one gets all of them.
# What Mosquitto 2.0.11 does: it deals them out in turn to all sessions of the group, whoever is there. Each second job waits in the
# session of the one that is away, while the other has nothing to do, and is taken over by nobody: here five of ten, until the
# worker with that client id is back. Where the id is made of a host or a container, that is never, and each deploy adds
# a session to the group that takes its part of all jobs and keeps it; the producer gets its acknowledgement. (No session:
# `clean: true`, which loses what comes while nobody is there; or another kind of queue.) Exits non-zero once that has changed. Needs
# Debian or a child of it.
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
cat >shared.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import mqtt from "mqtt";
const url = `mqtt://127.0.0.1:${process.argv[2]}`;
// Connects again each 100 ms until the broker listens.
const connect = (options) =>
  new Promise((resolve) => {
    const client = mqtt.connect(url, { protocolVersion: 5, reconnectPeriod: 100, ...options });
    const got = [];
    client.on("message", (_topic, message) => got.push(String(message)));
    client.once("connect", () => resolve({ client, got }));
  });
const session = { clean: false, properties: { sessionExpiryInterval: 3600 } };
const none = { clean: true };
/** Two workers, one of them goes, ten jobs come, and it is back. */
const play = async (topic, kind) => {
  const [one, other] = [await connect({ ...kind, clientId: `${topic}1` }), await connect({ ...kind, clientId: `${topic}2` })];
  for (const { client } of [one, other]) await client.subscribeAsync(`$share/workers/${topic}`, { qos: 1 });
  await other.client.endAsync();
  const producer = await connect();
  for (let n = 1; n <= 10; n++) await producer.client.publishAsync(topic, `job ${n}`, { qos: 1 });
  await sleep(1000);
  const stays = one.got.length;
  const back = await connect({ ...kind, clientId: `${topic}2` });
  await sleep(1000);
  for (const { client } of [one, back, producer]) await client.endAsync();
  return `who stays: ${stays}, who was away: ${back.got.length}`;
};
const seen = { withSessions: await play("mail", session), without: await play("call", none) };
console.log(seen);
const { withSessions, without } = seen;
process.exit(withSessions === "who stays: 5, who was away: 5" && without === "who stays: 10, who was away: 0" ? 0 : 1);
JS
timeout 60 node shared.mjs "$port"
