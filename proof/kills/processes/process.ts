import { createQueue, createWorker } from "@longshore/core";
import { chanceOf } from "../chance.ts";
import { handlersOf, schedules } from "../handlers.ts";
import { startProducer } from "../producer.ts";
import type { TestedStore } from "../subject.ts";
import { TICK, child, plain } from "../jobs.ts";
import { notesAt } from "./notes.ts";
import { openStore } from "./open.ts";

// A process of the system under test, which is killed while it enqueues and works.

const [place = "", ledgerAddress = "", origin = "", seed = "", lanes = ""] = process.argv.slice(2);

/** So few that a busy machine runs what a process has claimed before the lease is over. */
const SLOTS = 6;

/** As an app has it, but for a look at each claim. */
const ages = new Map<number, number>();
function seen(store: TestedStore): TestedStore {
  return {
    ...store,
    async claim(request) {
      const jobs = await store.claim(request);
      for (const { token, ageMs } of jobs) ages.set(token, ageMs);
      return jobs;
    },
  };
}

const store = openStore(place, console);
const notes = notesAt(ledgerAddress);
const worker = createWorker(seen(store), {
  queues: { [plain.queue]: SLOTS, [child.queue]: SLOTS, [TICK]: SLOTS },
  handlers: handlersOf({
    by: `process ${origin}`,
    note: notes.note,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ageOf: (token) => ages.get(token),
  }),
  schedules,
  onEvent(event) {
    if (event.type === "completed" || event.type === "dead") void notes.note({ type: "accepted", id: event.job.id });
  },
});
worker.start();
console.log("ready");
const chance = chanceOf(Number(seed) + Number(origin));
// Ends the process with what the store refused, if it refuses anything.
await startProducer(createQueue(store), notes, { chance, origin: Number(origin), lanes: Number(lanes) }).ended;
