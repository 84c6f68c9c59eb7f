#!/bin/sh
# One would guess: a BullMQ job with `attempts: 10` has ten tries, whatever ends one: an error, or a worker that vanishes with it, by a
# deploy without patience, a limit of memory or a machine that goes away.
# What BullMQ 6.7.0 does: a worker that vanishes is counted apart (`maxStalledCount`, of the worker, 1 by default), for the whole life of
# the job. The second time, whenever that is, it fails for good, by an error that no retry follows, with nine attempts unused
# and no backoff. In between it says `attemptsMade: 0`. So of a queue of long jobs two rough deploys in a row fail all that ran in both.
# With ten errors in place of the crashes it has its ten tries. (A higher `maxStalledCount`.) Exits non-zero once that has changed.
# Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >worker.mjs <<'JS'
import { Worker } from "bullmq";
const [port, name, how, times] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port) };
let runs = 0;
const work = async () => {
  if (how === "crash") process.kill(process.pid, "SIGKILL");
  if (++runs <= Number(times)) throw new Error("down");
};
// Times of a test: by default a lock is for 30 s, and looked after each 30 s.
const worker = new Worker(name, work, { connection, lockDuration: 1000, stalledInterval: 1000 });
const end = (text) => {
  console.log(text);
  worker.close();
};
worker.on("completed", () => end("completed"));
worker.on("failed", ({ attemptsMade, opts }, error) => {
  if (how === "try" && attemptsMade < opts.attempts && error.message === "down") return;
  end(`failed: ${error.message}`);
});
JS
cat >crashes.mjs <<'JS'
import { execFile } from "node:child_process";
import { Queue } from "bullmq";
const port = process.argv[2];
const run = (...args) =>
  new Promise((resolve) => execFile("node", ["worker.mjs", port, ...args], (_error, out) => resolve(out.trim())));
const play = async (name, ...workers) => {
  const queue = new Queue(name, { connection: { host: "127.0.0.1", port: Number(port) } });
  await queue.add("report", {}, { attempts: 10 });
  let end = "";
  for (const worker of workers) end = await run(name, ...worker);
  const [job] = await queue.getJobs(["failed", "completed"]);
  await queue.close();
  return `${end}, attempts ${job?.attemptsMade} of 10`;
};
const seen = {
  oneCrash: await play("one", ["crash"], ["try", 0]),
  twoCrashes: await play("two", ["crash"], ["crash"], ["try", 0]),
  nineErrors: await play("errors", ["try", 9]),
};
console.log(seen);
const failed = "failed: job stalled more than allowable limit, attempts 1 of 10";
const others = seen.oneCrash === "completed, attempts 1 of 10" && seen.nineErrors === "completed, attempts 10 of 10";
process.exit(seen.twoCrashes === failed && others ? 0 : 1);
JS
timeout 100 node crashes.mjs "$port"
