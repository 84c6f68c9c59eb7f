#!/bin/sh
# One would guess: a command of ioredis that was under way when the connection broke rejects, since nobody can know whether it was
# carried out, as pg does with a query; who wants to try again does so with an operation that may happen twice.
# What ioredis 6.0.0 does: it connects again and sends the command again by itself, whichever it was
# (`autoResendUnfulfilledCommands` is true unless told otherwise), and the promise resolves as if nothing had been. Where the answer
# was lost and not the command, one `lpush` makes two jobs, one `incr` counts two, and one `rpop` takes two jobs, of which the first
# is nowhere any more. redis 6.3.1 rejects. Played with a proxy that cuts the connection instead of passing an answer on.
# Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@6.0.0 redis@6.3.1
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >twice.mjs <<'JS'
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { Redis } from "ioredis";
import { createClient } from "redis";
const port = Number(process.argv[2]);
const direct = new Redis(port, "127.0.0.1");
direct.on("error", () => {}); // until the server listens
await direct.ping();

let losesNext = false;
const proxy = createServer((client) => {
  const server = connect(port, "127.0.0.1");
  for (const socket of [client, server]) socket.on("error", () => {});
  client.pipe(server);
  client.on("close", () => server.destroy());
  server.on("data", (answer) => {
    if (!losesNext) return client.write(answer);
    losesNext = false;
    client.destroy();
  });
}).listen(0, "127.0.0.1");
await once(proxy, "listening");

const answerOf = async (call) => {
  losesNext = true;
  return call().then((value) => `answer ${value}`, ({ message }) => `error ${message}`);
};
const resending = new Redis(proxy.address().port, "127.0.0.1");
const rejecting = createClient({ url: `redis://127.0.0.1:${proxy.address().port}` });
rejecting.on("error", () => {});
await resending.ping();
await rejecting.connect();
await direct.lpush("waiting", "first", "second", "third");

const seen = {
  lpush: await answerOf(() => resending.lpush("mails", "invoice")),
  mails: await direct.lrange("mails", 0, -1),
  incr: await answerOf(() => resending.incr("sent")),
  rpop: await answerOf(() => resending.rpop("waiting")),
  waiting: await direct.lrange("waiting", 0, -1),
  ofRedis: await answerOf(() => rejecting.lPush("letters", "invoice")),
  letters: await direct.lrange("letters", 0, -1),
};
console.log(seen);
for (const client of [direct, resending]) client.disconnect();
rejecting.destroy();
proxy.close();
const { lpush, mails, incr, rpop, waiting, ofRedis, letters } = seen;
const twice = lpush === "answer 2" && mails.length === 2 && incr === "answer 2" && rpop === "answer second" && waiting.join() === "third";
process.exit(twice && ofRedis.startsWith("error ") && letters.length === 1 ? 0 : 1);
JS
node twice.mjs "$port"
