#!/bin/sh
# One would guess: with `appendfsync everysec`, Redis has given each change to the kernel before it answers, and only the
# fsync comes up to a second later. So a crash of the machine loses a second, and a SIGKILL of the process nothing.
# What Debian 12's Redis 7.0.15 does: while an fsync of its log is under way, it answers and keeps the changes in its own
# memory, for up to two seconds. A disk that takes a second for an fsync is enough, and a killed server has lost acknowledged
# changes, although the machine runs on. (`appendfsync always`, or WAITAOF from 7.2 on.) Played here with strace, which holds
# up each fdatasync for a second. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server= tracer=
trap 'for one in $tracer $server; do kill "$one" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"
for tool in redis-server strace; do
  command -v "$tool" >/dev/null || apt-get install -y --no-install-recommends "$tool" >/dev/null 2>&1
done
redis-server --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@5.8.2
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
start() {
  redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly yes --appendfsync everysec --dir "$folder" >server.log &
  server=$!
  until grep -q "Ready to accept connections" server.log; do sleep 0.2; done
}
cat >write.mjs <<'JS'
import { Redis } from "ioredis";
const [port, pid] = process.argv.slice(2).map(Number);
const redis = new Redis(port, { retryStrategy: null, maxRetriesPerRequest: 0 });
redis.on("error", () => {});
setTimeout(() => process.kill(pid, "SIGKILL"), 3_500);
let acknowledged = 0;
try {
  for (;;) {
    await redis.set(`key:${acknowledged}`, "x");
    acknowledged++;
  }
} catch {
  console.log(acknowledged);
}
JS
cat >count.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis(Number(process.argv[2]));
console.log(await redis.dbsize());
redis.disconnect();
JS
# Five times, since a kill may come when nothing is held up.
lost=0
for _ in 1 2 3 4 5; do
  rm -rf appendonlydir
  start
  strace -f -p "$server" -e trace=fdatasync -e inject=fdatasync:delay_enter=1000000 -o /dev/null 2>strace.log &
  tracer=$!
  until grep -q attached strace.log; do sleep 0.1; done
  acknowledged=$(node write.mjs "$port" "$server")
  wait "$tracer" "$server" 2>/dev/null || true
  tracer=
  start
  kept=$(node count.mjs "$port")
  kill "$server"
  wait "$server" || true
  server=
  echo "acknowledged $acknowledged, kept after the SIGKILL $kept"
  lost=$((lost + (acknowledged > kept ? acknowledged - kept : 0)))
done
echo "lost $lost"
[ "$lost" -gt 0 ]
