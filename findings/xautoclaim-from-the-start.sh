#!/bin/sh
# One would guess: `XAUTOCLAIM stream group me 300000 0-0 COUNT 1` answers the oldest entry that has been idle for five minutes, if
# there is one. A worker that has room for one job asks so, each time from `0-0`, and takes over what a dead worker held.
# What Redis 7.0 does: COUNT 1 looks at ten pending entries and no further, whether they are idle or not. Where ten long jobs of
# living workers are older, the answer is empty each time, and what stands behind them is not found however long it lies: as
# if nobody had died. Only the cursor in the answer tells that it did not look at all. (Go on from the cursor until it is
# `0-0`, and do not begin anew; or `XPENDING … IDLE`, which looks at all.) Exits non-zero once that has changed. Needs Debian
# or a child of it.
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
cat >start.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });
const idle = 300_000;
await redis.xgroup("CREATE", "jobs", "workers", "0", "MKSTREAM");
for (let job = 1; job <= 11; job++) await redis.xadd("jobs", "*", "job", job);
await redis.xreadgroup("GROUP", "workers", "alive", "COUNT", 10, "STREAMS", "jobs", ">");
const [[, [[id]]]] = await redis.xreadgroup("GROUP", "workers", "dead", "COUNT", 1, "STREAMS", "jobs", ">");
await redis.xclaim("jobs", "workers", "dead", 0, id, "IDLE", 2 * idle); // ten minutes later

const claim = (from) => redis.xautoclaim("jobs", "workers", "me", idle, from, "COUNT", 1, "JUSTID");
const fromTheStart = [];
for (let tries = 0; tries < 50; tries++) fromTheStart.push(...(await claim("0-0"))[1]);
const pending = await redis.xpending("jobs", "workers", "IDLE", idle, "-", "+", 1);
const [cursor] = await claim("0-0");
const goingOn = (await claim(cursor))[1];
console.log({ fromTheStart, byXpending: pending.length, goingOn });
redis.disconnect();
process.exit(fromTheStart.length === 0 && pending.length === 1 && goingOn.join() === id ? 0 : 1);
JS
node start.mjs "$port"
