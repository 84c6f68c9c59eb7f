#!/bin/sh
# One would guess: a watcher of a NATS bucket with a `ttl` is told when a key expires, as it is when somebody deletes it: so
# those that wait for the leader's key, or show which workers are alive, learn of one that died without a word.
# What nats-server 2.9.10 (Debian 12's) with @nats-io/kv 3.4.0 does: the key goes, `get` answers null, `create` by the next
# one succeeds, and no watcher hears of it. A delete is told at once, so it works in every test that stops the leader as it
# should, and a leader that is killed leaves a row of watchers that wait for ever. (Each has to try `create` by a timer of its
# own, about as long as the ttl.) Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v nats-server >/dev/null || apt-get install -y nats-server >/dev/null 2>&1
nats-server --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 @nats-io/kv@3.4.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
nats-server -a 127.0.0.1 -p "$port" -js -sd "$folder/data" -l server.log &
server=$!
until grep -q "Server is ready" server.log 2>/dev/null; do
  kill -0 "$server"
  sleep 1
done
cat >watch.mjs <<'JS'
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` });
const bucket = await new Kvm(connection).create("leaders", { ttl: 1000 });
const told = [];
const watcher = await bucket.watch();
const watching = (async () => {
  for await (const { key, operation } of watcher) told.push(`${operation} ${key}`);
})();
await bucket.create("stops", "worker 1");
await bucket.create("dies", "worker 1");
await bucket.delete("stops");
const gone = async () => (await bucket.get("dies")) === null;
while (!(await gone())) await new Promise((resolve) => setTimeout(resolve, 100));
await new Promise((resolve) => setTimeout(resolve, 3000));
const toldThen = told.join(", ");
const { length } = told;
await bucket.create("dies", "worker 2");
while (told.length === length) await new Promise((resolve) => setTimeout(resolve, 10));
console.log({ toldThen, next: told.at(-1) });
watcher.stop();
await watching;
await connection.close();
process.exit(toldThen === "PUT stops, PUT dies, DEL stops" && told.at(-1) === "PUT dies" ? 0 : 1);
JS
node watch.mjs "$port"
