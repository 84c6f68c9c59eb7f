#!/bin/sh
# One would guess: `ctx.waitUntil(report())` in a consumer of Cloudflare Queues is for what may fail (a metric, a line of a log, a
# notice to a chat): the handler has returned, each message was acknowledged by `ack()`, and a promise that rejects later is a
# line in the log.
# What workerd does (in miniflare 5.20261102.0-beta, compatibility date 2026-11-02): the queue waits for these promises before it
# takes the answer, and one that rejects makes a failure of it, whatever was acknowledged. So the whole batch is delivered
# again, its jobs run once more for each retry while the metrics are away, and end among the dead letters as done as they are. The
# same promise without `waitUntil` costs nothing. (A `catch` in it; or the flag `queue_consumer_no_wait_for_wait_until`, with which it
# is as guessed.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 miniflare@5.20261102.0-beta
cat >batch.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const script = `const runs = { one: 0, two: 0, dead: 0 };
const report = () => scheduler.wait(100).then(() => { throw new Error("no metrics today"); });
export default {
  async fetch(request, { JOBS }) {
    if (request.method === "POST") await JOBS.sendBatch([{ body: "one" }, { body: "two" }]);
    return Response.json(runs);
  },
  async queue({ queue, messages }, { HOW }, ctx) {
    for (const message of messages) {
      runs[queue === "dead" ? "dead" : message.body]++;
      message.ack();
    }
    if (queue === "dead") return;
    if (HOW === "waitUntil") ctx.waitUntil(report());
    if (HOW === "caught") ctx.waitUntil(report().catch(() => {}));
    if (HOW === "alone") report();
  },
};`;
const jobs = { maxBatchSize: 2, maxBatchTimeout: 0, maxRetries: 2, deadLetterQueue: "dead" };
const queues = { queueProducers: { JOBS: "jobs" }, queueConsumers: { jobs, dead: { maxBatchTimeout: 0 } } };
const worker = { modules: true, script, compatibilityDate: "2026-11-02", cf: false, ...queues };
const play = async (how, flags = []) => {
  const runtime = new Miniflare(convertV4MiniflareOptions({ ...worker, bindings: { HOW: how }, compatibilityFlags: flags }));
  const ask = async (method) => (await runtime.dispatchFetch("http://localhost/", { method })).json();
  await ask("POST");
  let runs = {};
  for (let tries = 0; tries < 80 && !runs.dead; tries++) {
    await sleep(100);
    runs = await ask("GET");
  }
  await runtime.dispose();
  return Object.values(runs).join();
};
const seen = {
  waitUntil: await play("waitUntil"),
  caught: await play("caught"),
  alone: await play("alone"),
  flag: await play("waitUntil", ["queue_consumer_no_wait_for_wait_until"]),
};
console.log("runs of one, of two, and dead letters:", seen);
const asGuessed = [seen.caught, seen.alone, seen.flag].every((runs) => runs === "1,1,0");
process.exit(seen.waitUntil === "3,3,2" && asGuessed ? 0 : 1);
JS
node_modules/.bin/node batch.mjs 2>/dev/null
