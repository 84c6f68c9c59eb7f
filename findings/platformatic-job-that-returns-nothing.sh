#!/bin/sh
# One would guess: a handler of @platformatic/job-queue that ends without an error has done its job. Where nothing waits for a result
# (`enqueue`, which its pages call "fire-and-forget") it returns none, as most functions that send a mail.
# What @platformatic/job-queue 0.5.0 does: it turns the result into JSON after the handler has ended, which `undefined` cannot be, and takes
# that error for one of the handler: the mail is sent again, three times in all, and then the job has failed, and its id is taken by a
# failed one. With `return null` it is sent once. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @platformatic/job-queue@0.5.0
cat >nothing.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { MemoryStorage, Queue } from "@platformatic/job-queue";
const queue = new Queue({ storage: new MemoryStorage(), blockTimeout: 1 });
const sent = { nothing: 0, null: 0 };
queue.execute(async ({ payload }) => {
  sent[payload.answers]++;
  if (payload.answers === "null") return null;
});
await queue.start();
const seen = {};
for (const answers of ["nothing", "null"]) {
  await queue.enqueue(answers, { answers });
  let state;
  for (let tries = 0; tries < 200 && state !== "completed" && state !== "failed"; tries++) {
    await sleep(50);
    state = (await queue.getStatus(answers)).state;
  }
  seen[answers] = `sent ${sent[answers]} times, ${state}`;
}
console.log(seen);
await queue.stop();
process.exit(seen.nothing === "sent 3 times, failed" && seen.null === "sent 1 times, completed" ? 0 : 1);
JS
timeout 60 node_modules/.bin/node nothing.mjs
