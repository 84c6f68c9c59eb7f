#!/bin/sh
# One would guess: `Readable.from(jobs()).map(work, { concurrency: 1 })` takes a job from the generator, works on it, hands its result
# on and only then takes the next, as the loop `for await (const job of jobs()) yield work(job)` does: the reader sets the pace.
# A worker that stops after a result has that job behind it and no other one in hand.
# What Node does (20.20.2 and 24.21.0 alike): map works ahead. With a concurrency of 1, one result read and nothing more asked for, two
# jobs are done and a third is taken; with 10 there are 20 done and 21 taken. As the reader leaves (a `break`, an error) their results
# and the jobs that were taken are dropped without a word: claimed in the database, done or not, and settled by nobody.
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >ahead.mjs <<'JS'
import { Readable } from "node:stream";
const turn = () => new Promise((resolve) => setImmediate(resolve));
const aheadOf = async (streamOf) => {
  const count = { taken: 0, done: 0, read: 0 };
  const jobs = async function* () {
    for (;;) {
      await turn(); // the claim
      yield ++count.taken;
    }
  };
  const work = async (job) => {
    await turn();
    count.done += 1;
    return job;
  };
  for await (const _ of streamOf(jobs(), work)) {
    count.read += 1;
    for (let turns = 0; turns < 1000; turns++) await turn(); // the reader is busy with the result
    break;
  }
  return `${count.taken} taken, ${count.done} done, ${count.read} read`;
};
const seen = {
  loop: await aheadOf(async function* (jobs, work) {
    for await (const job of jobs) yield await work(job);
  }),
  one: await aheadOf((jobs, work) => Readable.from(jobs).map(work, { concurrency: 1 })),
  ten: await aheadOf((jobs, work) => Readable.from(jobs).map(work, { concurrency: 10 })),
};
console.log(process.version, seen);
const expected = { loop: "1 taken, 1 done, 1 read", one: "3 taken, 2 done, 1 read", ten: "21 taken, 20 done, 1 read" };
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node ahead.mjs
