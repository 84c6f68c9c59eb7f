#!/bin/sh
# One would guess: a key that Deno KV was given with `expireIn: 1000` is gone a second later, as with `PX 1000` in Redis:
# `get` answers null, and `atomic().check({ key, versionstamp: null }).set(…)`, which takes a lock or an idempotency key if
# nobody has it, succeeds.
# What Deno 2.9.6 does (its own file of SQLite): reads do not look at the time. The key answers its old value, and the check
# refuses, until a sweep comes by: here after six seconds still, instead of the one, and in another run for 61. A lock of a
# worker that died holds everybody for longer than it was taken for. (Store the time in the value and compare it; take over by
# its versionstamp.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.6
npm rebuild --silent deno >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >expired.mjs <<'JS'
const kv = await Deno.openKv("./lock.db");
const key = ["lock"];
const take = async (owner) =>
  (await kv.atomic().check({ key, versionstamp: null }).set(key, owner, { expireIn: 1000 }).commit()).ok;
const first = await take("the worker that dies");
await new Promise((resolve) => setTimeout(resolve, 6000));
const seen = { first, after6Seconds: (await kv.get(key)).value, second: await take("another worker") };
console.log(seen);
kv.close();
Deno.exit(seen.first && seen.after6Seconds === "the worker that dies" && !seen.second ? 0 : 1);
JS
node_modules/.bin/deno run -A --unstable-kv expired.mjs
