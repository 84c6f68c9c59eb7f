#!/bin/sh
# One would guess: a client passes the server's error on as it came, so that its first word tells what happened: NOSCRIPT, of
# which every other client says so, or a word of one's own from a script's error reply.
# What Valkey GLIDE 2.5.2 does (Node.js, over Debian's Redis): it puts names of its own in place of the codes that it knows,
# and the text has no NOSCRIPT any more; a code that it does not know gets a colon after it. Whoever looks for NOSCRIPT in the
# message in order to send the script again never does, and every call fails once the server has forgotten its scripts. Exits
# non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @valkey/valkey-glide@2.5.2 ioredis@5.8.2
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >errors.mjs <<'JS'
import { GlideClient } from "@valkey/valkey-glide";
import { Redis } from "ioredis";
const port = Number(process.argv[2]);
const glide = await GlideClient.createClient({ addresses: [{ host: "127.0.0.1", port }] });
const ioredis = new Redis(port);
const SENDERS = {
  ioredis: (command) => ioredis.call(...command),
  glide: (command) => glide.customCommand(command),
};
const unknown = ["EVALSHA", "0".repeat(40), "0"];
const own = ["EVAL", "return redis.error_reply('NEWER 2')", "0"];
const told = {};
for (const [name, send] of Object.entries(SENDERS)) {
  told[name] = [];
  for (const command of [unknown, own]) told[name].push(await send(command).then(() => "no error", ({ message }) => message));
}
console.log(JSON.stringify(told, null, 1));
glide.close();
ioredis.disconnect();
const [forgotten, newer] = told.glide;
const others = told.ioredis[0].startsWith("NOSCRIPT ") && told.ioredis[1] === "NEWER 2";
process.exit(others && !forgotten.includes("NOSCRIPT") && newer.includes("NEWER: 2") ? 0 : 1);
JS
node errors.mjs "$port"
