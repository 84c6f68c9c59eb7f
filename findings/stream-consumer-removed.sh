#!/bin/sh
# One would guess: `XGROUP DELCONSUMER` removes a worker that is gone from a group of a Redis stream, and what it had taken
# and not acknowledged goes back to the group, for others to read or to claim: the group knows that nobody finished it.
# What Redis 7.0 does: the entries stay in the stream and go from the group's memory. Nobody is given them again, not by
# `>`, not by `XAUTOCLAIM`, not by the history of any consumer, and `XPENDING` and `lag` say 0: all is done, it seems. The
# command's answer is how many jobs were just lost. A script that tidies up dead workers loses what they died with. Exits
# non-zero once that has changed. Needs Debian or a child of it.
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
cat >removed.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });
await redis.xgroup("CREATE", "jobs", "workers", "0", "MKSTREAM");
for (let job = 1; job <= 3; job++) await redis.xadd("jobs", "*", "job", job);
await redis.xreadgroup("GROUP", "workers", "gone", "COUNT", 3, "STREAMS", "jobs", ">");
const answer = await redis.xgroup("DELCONSUMER", "jobs", "workers", "gone");

const rows = (streams) => (streams ?? []).flatMap(([, entries]) => entries).length;
const fresh = rows(await redis.xreadgroup("GROUP", "workers", "heir", "STREAMS", "jobs", ">"));
const claimed = (await redis.xautoclaim("jobs", "workers", "heir", 0, "0"))[1].length;
const history = rows(await redis.xreadgroup("GROUP", "workers", "gone", "STREAMS", "jobs", "0"));
const [group] = await redis.xinfo("GROUPS", "jobs");
const field = (name) => group[group.indexOf(name) + 1];
const inStream = await redis.xlen("jobs");
console.log(JSON.stringify({ answer, fresh, claimed, history, inStream, pending: field("pending"), lag: field("lag") }));
redis.disconnect();
const nobody = fresh + claimed + history === 0;
process.exit(answer === 3 && nobody && inStream === 3 && field("pending") === 0 && field("lag") === 0 ? 0 : 1);
JS
node removed.mjs "$port"
