#!/bin/sh
# One would guess: a worker that asks a Redis stream for as many entries as it has free slots (`XREADGROUP … COUNT n`) gets none
# when it has none, as `ZRANGEBYSCORE … LIMIT 0 0`, `LPOP key 0` and `XRANGE … COUNT 0` answer; at worst an error.
# What Redis 7.0 does: COUNT 0 is no limit. The full worker gets the whole stream, all of it is pending for that one, and
# everybody else finds nothing until it is idle for long enough. `XREAD` does the same; `XAUTOCLAIM` refuses a count of 0. A
# loop must not ask at all with no free slot. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@5.8.2
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >zero.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });
await redis.xgroup("CREATE", "jobs", "workers", "0", "MKSTREAM");
for (let job = 1; job <= 50; job++) await redis.xadd("jobs", "*", "job", job);
await redis.zadd("due", 1, "a", 2, "b");
await redis.rpush("list", "a", "b");
const sizeOf = (answer) => answer?.length ?? 0;
const entries = (answer) => sizeOf(answer?.[0]?.[1]);
const seen = {
  zrangebyscore: sizeOf(await redis.zrangebyscore("due", "-inf", "+inf", "LIMIT", 0, 0)),
  lpop: sizeOf(await redis.lpop("list", 0)),
  xrange: sizeOf(await redis.xrange("jobs", "-", "+", "COUNT", 0)),
  xread: entries(await redis.xread("COUNT", 0, "STREAMS", "jobs", "0")),
  xreadgroup: entries(await redis.xreadgroup("GROUP", "workers", "full", "COUNT", 0, "STREAMS", "jobs", ">")),
  leftForOthers: entries(await redis.xreadgroup("GROUP", "workers", "free", "COUNT", 10, "STREAMS", "jobs", ">")),
  xautoclaim: await redis.xautoclaim("jobs", "workers", "free", 0, "0", "COUNT", 0).catch(({ message }) => message),
};
console.log(seen);
redis.disconnect();
const none = seen.zrangebyscore === 0 && seen.lpop === 0 && seen.xrange === 0;
const all = seen.xread === 50 && seen.xreadgroup === 50 && seen.leftForOthers === 0;
process.exit(none && all && typeof seen.xautoclaim === "string" ? 0 : 1);
JS
node zero.mjs "$port"
