#!/bin/sh
# One would guess: a script in Redis that reads a job's JSON, changes one field and writes it back (`cjson.decode`, `cjson.encode`)
# changes that field. Numbers are doubles there as in JavaScript, so whole ones up to 2^53 come back as they were.
# What Redis 7.0 does: an empty list comes back as an empty object, because a table in Lua does not know which it was, and a number
# is written with 14 digits: the id 123456789012345 and each time in microseconds come back as another one, with no error. The
# same with `..`: the key 'job:' .. id is "job:1.2345678901234e+14", while the very number as an argument of `redis.call` is
# exact. (Ids as text; change fields of a hash, not of a JSON text; string.format("%.0f", n).) Exits non-zero once that has
# changed. Needs Debian or a child of it.
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
cat >lua.mjs <<'JS'
import { Redis } from "ioredis";
const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });
const job = { attempts: 1, tags: [], id: 123456789012345, micros: 1795966215819123, ms: 1795966215819 };
const script = `
  local job = cjson.decode(ARGV[1])
  job.attempts = job.attempts + 1
  return cjson.encode(job)`;
const back = JSON.parse(await redis.eval(script, 0, JSON.stringify(job)));
await redis.eval("redis.call('SET', 'argument', tonumber(ARGV[1]))", 0, job.id);
const seen = {
  ...back,
  key: await redis.eval("return 'job:' .. tonumber(ARGV[1])", 0, job.id),
  argument: await redis.get("argument"),
};
console.log(seen);
redis.disconnect();
const changed = seen.id === 123456789012340 && seen.micros === 1795966215819100 && JSON.stringify(seen.tags) === "{}";
const exact = seen.attempts === 2 && seen.ms === job.ms && seen.argument === "123456789012345";
process.exit(changed && exact && seen.key === "job:1.2345678901234e+14" ? 0 : 1);
JS
node lua.mjs "$port"
