#!/bin/sh
# One would guess: times in UTC as ISO text sort as times do, which is why SQLite and key-value stores keep them so; and a
# project that goes from `new Date().toISOString()` to `Temporal.Now.instant().toString()` only gains digits.
# What Temporal does, as its standard says (Deno 2.9.6's own, temporal-polyfill 1.0.8): `toString()` writes as many digits as
# are needed, and none for a whole second. `12:00:00Z` sorts behind `12:00:00.5Z`, as `Z` comes after the point, and
# `12:00:00.25Z` behind `12:00:00.250000001Z`. A job that is due at noon is not found by `due <= ?` half a second later;
# whatever is due at a whole second, as everything planned by a person or by cron, waits for up to a second more, and is last
# of its second in each list, page and cursor. (`toString({ fractionalSecondDigits: 3 })`, or a number.) Exits non-zero once
# that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.6 node@24.21.0 temporal-polyfill@1.0.8
npm rebuild --silent deno node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >order.mjs <<'JS'
import { DatabaseSync } from "node:sqlite";
const Temporal = globalThis.Temporal ?? (await import("temporal-polyfill")).Temporal;
const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE job(id TEXT PRIMARY KEY, due TEXT)");
const [due, now] = [Date.UTC(2026, 10, 30, 12, 0, 0, 0), Date.UTC(2026, 10, 30, 12, 0, 0, 500)];
const writes = {
  date: (ms) => new Date(ms).toISOString(),
  temporal: (ms) => Temporal.Instant.fromEpochMilliseconds(ms).toString(),
  fixed: (ms) => Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 }),
};
for (const [name, write] of Object.entries(writes)) {
  database.exec(`INSERT INTO job VALUES ('${name}', '${write(due)}')`);
  const { found } = database.prepare("SELECT count(*) AS found FROM job WHERE id = ? AND due <= ?").get(name, write(now));
  console.log(`${name}: due ${write(due)}, now ${write(now)}, found ${found}`);
}
JS
deno=$(node_modules/.bin/deno run -A order.mjs)
node=$(node_modules/.bin/node --no-warnings order.mjs)
printf 'Deno:\n%s\nNode:\n%s\n' "$deno" "$node"
expected="date: due 2026-11-30T12:00:00.000Z, now 2026-11-30T12:00:00.500Z, found 1
temporal: due 2026-11-30T12:00:00Z, now 2026-11-30T12:00:00.5Z, found 0
fixed: due 2026-11-30T12:00:00.000Z, now 2026-11-30T12:00:00.500Z, found 1"
[ "$deno" = "$expected" ] && [ "$node" = "$expected" ]
