#!/bin/sh
# One would guess: `XADD … MAXLEN` keeps a Redis stream short by dropping what is old and done; what a group has not read or
# not acknowledged stays, or is missed by somebody; and `lag` says how many entries a group has still to read, 0 at the end.
# What Redis 7.0 does: it trims by age alone. Unread entries are gone, and the group reads on behind the gap with no error;
# taken ones stay pending without their contents (a worker that asks for its own gets null where the job was). `lag` goes on
# counting the unread ones that are gone, for ever: there is nothing to read, and whoever scales workers by it never comes
# down to none. Exits non-zero once that has changed. Needs Debian or a child of it.
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
cat >trim.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });
const read = async (from, ...options) => {
  const answer = await redis.xreadgroup("GROUP", "workers", "worker", ...options, "STREAMS", "jobs", from);
  return (answer ?? []).flatMap(([, entries]) => entries.map(([, fields]) => fields?.[1] ?? null));
};
await redis.xgroup("CREATE", "jobs", "workers", "0", "MKSTREAM");
for (let job = 1; job <= 5; job++) await redis.xadd("jobs", "*", "job", job);
const taken = await read(">", "COUNT", 2);
await redis.xadd("jobs", "MAXLEN", 1, "*", "job", 6);
const next = await read(">");
const own = await read("0");
const nothing = await read(">");
const [group] = await redis.xinfo("GROUPS", "jobs");
const lag = group[group.indexOf("lag") + 1];
console.log(JSON.stringify({ taken, next, own, leftToRead: nothing.length, lag }));
redis.disconnect();
process.exit(JSON.stringify([taken, next, own, nothing, lag]) === '[["1","2"],["6"],[null,null,"6"],[],3]' ? 0 : 1);
JS
node trim.mjs "$port"
