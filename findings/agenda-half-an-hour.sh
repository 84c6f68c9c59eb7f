#!/bin/sh
# One would guess: `agenda.schedule("1.5 hours", …)` and `agenda.every("1.5 hours", …)` mean the same hour and a half, "in half an hour"
# is sooner than "in an hour", and a text that agenda does not understand is refused, as it refuses other mistakes.
# What agenda 6.2.6 does: the two have a reader each. In `schedule`, "1.5 hours" is five past one at night and "in half an hour" five
# past midnight, "1h30m" is one hour, and "24.12.2030 09:00" is nine o'clock on the next morning. What it does not understand at
# all ("PT2H", "end of month", "whenever") is due now, and nothing says so: the reminder for the end of the month is sent as it is
# planned. In `every`, a text that is not understood has no next time, and never runs. (A Date.) Exits non-zero once that has
# changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 agenda@6.2.6 @agendajs/redis-backend@3.0.7
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >texts.mjs <<'JS'
import { RedisBackend } from "@agendajs/redis-backend";
import { Agenda } from "agenda";
const agenda = new Agenda({ backend: new RedisBackend({ connectionString: `redis://127.0.0.1:${process.argv[2]}` }) });
await agenda.ready;
agenda.define("remind", async () => {});
const minute = 60_000;
/** How long it is from now or, on the next day, what the clock reads then. */
const told = ({ attrs: { nextRunAt } }, from) => {
  if (nextRunAt === null) return "never";
  const minutes = Math.round((nextRunAt - from) / minute);
  if (minutes < 100) return `in ${minutes} minutes`;
  return `${nextRunAt.toTimeString().slice(0, 5)} ${minutes < 24 * 60 ? "tomorrow" : nextRunAt.toDateString()}`;
};
const scheduled = async (text) => told(await agenda.schedule(text, "remind", {}), Date.now());
const seen = {};
for (const text of ["in an hour", "1.5 hours", "in half an hour", "1h30m", "24.12.2030 09:00", "PT2H", "end of month", "whenever"]) {
  seen[text] = await scheduled(text);
}
for (const text of ["1.5 hours", "whenever"]) {
  seen[`every ${text}`] = told(await agenda.every(text, `${text} of its own`, {}, { skipImmediate: true }), Date.now());
}
await agenda.stop();
console.log(seen);
const expected = {
  "in an hour": "in 60 minutes",
  "1.5 hours": "01:05 tomorrow",
  "in half an hour": "00:05 tomorrow",
  "1h30m": "in 60 minutes",
  "24.12.2030 09:00": "09:00 tomorrow",
  PT2H: "in 0 minutes",
  "end of month": "in 0 minutes",
  whenever: "in 0 minutes",
  "every 1.5 hours": "in 90 minutes",
  "every whenever": "never",
};
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
# In a zone where it is noon.
west=$(($(date -u +%H | sed 's/^0//') - 12))
[ "$west" -lt 0 ] || west="+$west"
TZ="Etc/GMT$west" node_modules/.bin/node texts.mjs "$port"
