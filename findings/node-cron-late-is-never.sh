#!/bin/sh
# One would guess: a cron in a process that is busy for a few seconds just when the daily job is due (a big JSON, a report, a
# collection of garbage) runs it when the process is free again: a few seconds late.
# What node-cron 4.6.0 does: what is two seconds late or more is "missed": it prints a warning to the console and waits for the
# next time, tomorrow. Nothing runs it then, and only who listens for `execution:missed` learns of it. croner 11.0.1, cron
# 4.4.0 and node-schedule 2.1.1 in the same process run it, as late as it is. (`missedExecutionTolerance`, which is a second
# unless given, for a daily job an hour.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-cron@4.6.0 croner@11.0.1 cron@4.4.0 node-schedule@2.1.1
cat >late.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { CronJob } from "cron";
import { Cron } from "croner";
import nodeCron from "node-cron";
import nodeSchedule from "node-schedule";

const due = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000);
const daily = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
const ran = { "node-cron": 0, "with tolerance": 0, croner: 0, cron: 0, "node-schedule": 0 };
const run = (name) => () => void ran[name]++;
nodeCron.schedule(daily, run("node-cron"));
nodeCron.schedule(daily, run("with tolerance"), { missedExecutionTolerance: 3_600_000 });
new Cron(daily, run("croner"));
new CronJob(daily, run("cron"), null, true);
nodeSchedule.scheduleJob(daily, run("node-schedule"));

await sleep(due - Date.now() - 300);
while (Date.now() < due.getTime() + 2500); // busy
await sleep(3000);
console.log(ran);
const { "node-cron": missed, ...others } = ran;
process.exit(missed === 0 && Object.values(others).every((times) => times === 1) ? 0 : 1);
JS
TZ=UTC node late.mjs
