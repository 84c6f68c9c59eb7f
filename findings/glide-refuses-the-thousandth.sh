#!/bin/sh
# One would guess: a client of Redis takes as many commands as it is given, and sends them in turn: `Promise.all` over the 5 000 jobs
# of a batch costs memory, and each `LPUSH` of it is carried out; or it fails as a whole.
# What Valkey GLIDE 2.5.2 does (Node.js, over Debian's Redis): it has room for 1 000 at a time (`inflightRequestsLimit`), and each command
# beyond that is refused at once, "Reached maximum inflight requests", while those before and after it are carried out. So of 5 000
# jobs some thousands are enqueued and the others are not, which ones is left to the event loop, and `Promise.all` tells of the
# first refusal only. Up to 1 000, as in a test, nothing shows; and a server that answers slowly refuses all callers of a process,
# the health check among them, by the same limit. ioredis 6.0.0 sends all. Exits non-zero once that has changed. Needs Debian
# or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @valkey/valkey-glide@2.5.2 ioredis@6.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >batch.mjs <<'JS'
import { GlideClient, Logger } from "@valkey/valkey-glide";
import { Redis } from "ioredis";
const [host, port] = ["127.0.0.1", Number(process.argv[2])];
Logger.setLoggerConfig("off");
const redis = new Redis({ host, port });
await redis.ping();
const open = (more) => GlideClient.createClient({ addresses: [{ host, port }], requestTimeout: 60_000, ...more });
const glide = await open();
const roomy = await open({ inflightRequestsLimit: 10_000 });
const push = {
  ioredis: (job) => redis.lpush("jobs", job),
  glide: (job) => glide.lpush("jobs", [job]),
  roomy: (job) => roomy.lpush("jobs", [job]),
};
const play = async (client, amount) => {
  await redis.del("jobs");
  const jobs = Array.from({ length: amount }, (_, n) => push[client](String(n)));
  const refused = (await Promise.allSettled(jobs)).filter(({ status }) => status === "rejected");
  const messages = [...new Set(refused.map(({ reason }) => reason.message.replace(/-.*/, "")))];
  const stored = await redis.llen("jobs");
  return { stored, refused: refused.length, message: messages.join() };
};
const seen = {
  thousand: await play("glide", 1000),
  glide: await play("glide", 5000),
  roomy: await play("roomy", 5000),
  ioredis: await play("ioredis", 5000),
};
console.log(seen);
for (const one of [glide, roomy]) one.close();
redis.disconnect();
const { stored, refused, message } = seen.glide;
const some = stored >= 1000 && stored < 5000 && stored + refused === 5000 && message === "Reached maximum inflight requests";
process.exit(some && seen.thousand.stored === 1000 && [seen.roomy, seen.ioredis].every((all) => all.stored === 5000) ? 0 : 1);
JS
node_modules/.bin/node batch.mjs "$port"
