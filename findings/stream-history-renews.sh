#!/bin/sh
# One would guess: a consumer of a Redis stream that asks for its own pending entries again (`XREADGROUP … STREAMS s 0`, as
# each one should when it starts) only looks at them: how often they were delivered and since when they lie idle stays.
# What Redis 7.0 does: the look is a delivery. Each one adds one to the count of every entry that it shows and sets its idle
# time to nothing. So a worker that restarts (or polls `0`) with a hundred entries pending brings all of them to the limit
# of `XPENDING`'s count, and jobs that never ran are put away as poison; and as long as it looks, however stuck its jobs
# are, `XAUTOCLAIM` with a minimum of idle time gives none of them to anybody. Exits non-zero once that has changed. Needs
# Debian or a child of it.
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
cat >history.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
await redis.xgroup("CREATE", "jobs", "workers", "$", "MKSTREAM");
for (let job = 1; job <= 3; job++) await redis.xadd("jobs", "*", "job", job);
await redis.xreadgroup("GROUP", "workers", "first", "COUNT", 3, "STREAMS", "jobs", ">");
const counts = async () => (await redis.xpending("jobs", "workers", "-", "+", 10)).map(([, , , count]) => count);
const before = await counts();

// Idle for three seconds: whoever asks for two may have it. The look in between is all that differs.
const takeOver = async () => (await redis.xautoclaim("jobs", "workers", "second", 2000, "0", "JUSTID"))[1].length;
await sleep(3000);
for (let start = 0; start < 3; start++) await redis.xreadgroup("GROUP", "workers", "first", "STREAMS", "jobs", "0");
const afterLooks = await counts();
const takenAfterALook = await takeOver();
await sleep(3000);
const takenWithout = await takeOver();
console.log(JSON.stringify({ before, afterLooks, takenAfterALook, takenWithout }));
redis.disconnect();
const counted = before.every((count) => count === 1) && afterLooks.every((count) => count === 4);
process.exit(counted && takenAfterALook === 0 && takenWithout === 3 ? 0 : 1);
JS
node history.mjs "$port"
