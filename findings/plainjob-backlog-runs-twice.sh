#!/bin/sh
# One would guess: plainjob's `timeout` (half an hour by default) is the time that a job may run: after it the job is taken
# for lost and given to another worker. And a schedule is due first at the first time of its cron expression.
# What plainjob 0.0.14 does: the time counts from when the job was due, not from when it began. So a job that has waited for
# longer than the timeout, as every one does in a long enough backlog, is lost the moment it starts: at the next round of
# maintenance another worker runs it beside the first, and the next round a third, just when there is too much to do already.
# And a new schedule fires at once, whatever its expression. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund plainjob@0.0.14 bun@1.4.5
cat >backlog.mjs <<'JS'
import { Database } from "bun:sqlite";
import { bun, defineQueue, defineWorker } from "plainjob";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const logger = { error: console.error, warn() {}, info() {}, debug() {} };
const timeout = 60_000;
const queue = defineQueue({ connection: bun(new Database("jobs.db", { strict: true })), timeout, maintenanceInterval: 200, logger });

// What waits for a minute: the clock is set, so that it need not be waited for.
const { now } = Date;
Date.now = () => now() - 61_000;
queue.add("mail", { kind: "waited" });
Date.now = now;
queue.add("report", { kind: "fresh" });

const starts = { mail: 0, report: 0 };
let end;
const ended = new Promise((resolve) => (end = resolve));
let threeRuns;
const three = new Promise((resolve) => (threeRuns = resolve));
const run = async ({ type }) => {
  if (++starts[type] === 3) threeRuns();
  await ended;
};
const workers = ["mail", "mail", "mail", "report", "report", "report"].map((type) =>
  defineWorker(type, run, { queue, logger, pollIntervall: 50 }),
);
for (const worker of workers) void worker.start();
await Promise.race([three, sleep(30_000)]);
end();

let due;
const fired = new Promise((resolve) => (due = resolve));
// A schedule for New Year.
const newYear = defineWorker("new year", async () => due("at once"), { queue, logger, pollIntervall: 50 });
queue.schedule("new year", { cron: "0 0 1 1 *" });
void newYear.start();
const first = await Promise.race([fired, sleep(30_000).then(() => "not yet")]);
await Promise.all([...workers, newYear].map((worker) => worker.stop()));
queue.close();
console.log({ runsAtOnce: starts, newYear: first });
process.exit(starts.mail === 3 && starts.report === 1 && first === "at once" ? 0 : 1);
JS
node_modules/.bin/bun backlog.mjs
