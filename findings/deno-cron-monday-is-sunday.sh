#!/bin/sh
# One would guess: `Deno.cron("report", "0 6 * * 1", …)` runs on Mondays, and `1-5` from Monday to Friday: Deno's pages call it "the Unix
# cron format", and so it is in crontab, where Sunday is 0 and 7.
# What Deno 2.9.6 does: it counts from 1 for Sunday. So `1` is Sunday, `1-5` is Sunday to Thursday, and `7`, crontab's other Sunday, is
# Saturday; `dayOfWeek: { exact: 1 }` is Sunday, too. Only `0` is refused ("Invalid cron schedule"). The report of Friday evening never
# comes, and nothing says so: each line is taken, and runs once a week. (Names, `MON-FRI`, mean their days.)
# It asks for each day by number and by name, each minute, and looks which ones run today. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.6
npm rebuild --silent deno >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >days.mjs <<'JS'
const names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const ran = [];
const plan = (name, schedule) => Deno.cron(name, schedule, () => void ran.push(name));
let zero = "taken";
try {
  await plan("number 0", "* * * * 0");
} catch ({ message }) {
  zero = message;
}
for (const number of [1, 2, 3, 4, 5, 6, 7]) {
  plan(`number ${number}`, `* * * * ${number}`);
  plan(`exact ${number}`, { minute: { every: 1 }, dayOfWeek: { exact: number } });
}
for (const name of names) plan(`name ${name}`, `* * * * ${name}`);
// All of them are due when the next minute begins.
await new Promise((resolve) => setTimeout(resolve, 62_000 - (Date.now() % 60_000)));
const today = new Date().getUTCDay();
console.log({ today: names[today], zero, ran });
const expected = [`exact ${today + 1}`, `name ${names[today]}`, `number ${today + 1}`];
Deno.exit(zero === "Invalid cron schedule" && [...new Set(ran)].sort().join() === expected.join() ? 0 : 1);
JS
node_modules/.bin/deno run -A --unstable-cron days.mjs
