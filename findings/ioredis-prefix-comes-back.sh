#!/bin/sh
# One would guess: ioredis' `keyPrefix: "app:"` is of the connection: commands go out with it and answers come back without it. So the name
# that `blpop("urgent", "mails", 1)` answers, to say which of the queues the job is from, is one that the next command takes.
# What ioredis 6.0.0 does: it adds the prefix to what goes out, and answers are as Redis gives them. A worker that fails and puts the job back
# by `lpush(queue, job)`, with the name that it was told, puts it in "app:app:mails", which nobody reads: the job is lost for its
# workers, with no error, and only where a prefix was set. Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@6.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >prefix.mjs <<'JS'
import { Redis } from "ioredis";
const seen = {};
for (const keyPrefix of ["", "app:"]) {
  const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]), keyPrefix });
  await redis.rpush("mails", "job");
  const [queue, job] = await redis.blpop("urgent", "mails", 1);
  await redis.lpush(queue, job);
  const again = await redis.blpop("urgent", "mails", 1);
  seen[keyPrefix] = `${queue}, then ${again?.[1] ?? "nothing"}`;
  redis.disconnect();
}
console.log(seen);
process.exit(seen[""] === "mails, then job" && seen["app:"] === "app:mails, then nothing" ? 0 : 1);
JS
timeout 60 node prefix.mjs "$port"
