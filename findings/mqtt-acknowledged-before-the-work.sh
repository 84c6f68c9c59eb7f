#!/bin/sh
# One would guess: a worker with a session of its own that gets its jobs at QoS 1, "at least once", and is killed in its
# handler gets them again when it is back: what it had in hand was not done, so not acknowledged; and it has few in hand.
# What mqtt 5.16.0 with Mosquitto 2.0.11 does: the client acknowledges each message when its listeners have been called, and
# an async one has come to its first `await` then. So it is handed all five jobs at once, whatever each takes, the broker has
# none left, and after the kill none comes again, although session and QoS are as they should be. Nothing waits either: there
# is no limit to how many run. (`client.handleMessage = (packet, done) => …` acknowledges at `done()`, and hands on one at a
# time; until then it reads nothing else either, no answer to its pings, so that a job has to be shorter than `keepalive`.)
# Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >worker.mjs <<'JS'
import mqtt from "mqtt";
const [, , url, clientId, form, keepalive] = process.argv;
const client = mqtt.connect(url, { clientId, clean: false, protocolVersion: 4, keepalive: Number(keepalive) });
client.on("close", () => process.send("closed"));
const work = async (job) => {
  process.send(String(job));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};
if (form === "listener") client.on("message", (_topic, job) => work(job));
else client.handleMessage = ({ payload }, done) => void work(payload).then(() => done());
client.once("connect", async ({ sessionPresent }) => {
  if (!sessionPresent) await client.subscribeAsync(clientId, { qos: 1 });
  process.send("ready");
});
JS
cat >killed.mjs <<'JS'
import { fork } from "node:child_process";
import { once } from "node:events";
import mqtt from "mqtt";
const url = `mqtt://127.0.0.1:${process.argv[2]}`;
const client = mqtt.connect(url, { reconnectPeriod: 100 });
await new Promise((resolve) => client.once("connect", resolve));
const play = async (form, keepalive = 60) => {
  const topic = `${form}-${keepalive}`;
  const start = async () => {
    const got = [];
    const worker = fork("worker.mjs", [url, topic, form, keepalive]);
    const ready = new Promise((resolve) => worker.on("message", (said) => (said === "ready" ? resolve() : got.push(said))));
    await ready;
    return { worker, got };
  };
  const first = await start();
  for (let job = 1; job <= 5; job++) await client.publishAsync(topic, `job ${job}`, { qos: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  first.worker.kill("SIGKILL");
  await once(first.worker, "exit");
  const second = await start();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const open = !second.got.includes("closed");
  second.worker.kill("SIGKILL");
  return { inHand: first.got.length, again: second.got.length, open };
};
const seen = {
  listener: await play("listener"),
  listenerShort: await play("listener", 2),
  handleMessage: await play("handleMessage"),
  handleMessageShort: await play("handleMessage", 2),
};
console.log(seen);
const { listener, listenerShort, handleMessage, handleMessageShort } = seen;
const lost = listener.inHand === 5 && listener.again === 0 && listenerShort.open;
const kept = handleMessage.inHand === 1 && handleMessage.again === 1 && handleMessage.open;
process.exit(lost && kept && !handleMessageShort.open ? 0 : 1);
JS
node killed.mjs "$port"
