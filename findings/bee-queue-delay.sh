#!/bin/sh
# One would guess: a job of bee-queue that was saved with `delayUntil` runs when it is due, as soon as a worker of the queue
# has a place: a worker that takes jobs takes those, too.
# What bee-queue 2.0.0 does: delayed jobs become due only where a worker's queue was made with `activateDelayedJobs: true`,
# and the default is false. Without it the job is saved, answers an id, is counted as delayed, and no worker ever runs it;
# nothing says so. The first worker made with it, a week later, runs all of them at once. Exits non-zero once that has
# changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bee-queue@2.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >delay.mjs <<'JS'
import Queue from "bee-queue";
const redis = { host: "127.0.0.1", port: Number(process.argv[2]) };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ran = [];
const queue = new Queue("mails", { redis });
queue.process(async (job) => void ran.push(job.data.name));
await queue.createJob({ name: "at once" }).save();
await queue.createJob({ name: "in a second" }).delayUntil(Date.now() + 1000).save();
await sleep(5000);
const byDefault = [...ran];
const { delayed } = await queue.checkHealth();

const clock = new Queue("mails", { redis, activateDelayedJobs: true });
clock.process(async (job) => void ran.push(job.data.name));
for (let tries = 0; tries < 100 && ran.length < 2; tries++) await sleep(100);
console.log(JSON.stringify({ byDefault, delayed, withAClock: ran }));
process.exit(byDefault.join() === "at once" && delayed === 1 && ran.length === 2 ? 0 : 1);
JS
node delay.mjs "$port"
