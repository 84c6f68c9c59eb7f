import type { CarriedRunner, ClaimedJob, Outcome, Store } from "@longshore/core/adapter";
import { checkHistory, createRecorder, runConcurrentClients } from "@longshore/simulator";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Paired, paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";

const START = 1_700_000_000_000;
const failure = { message: "not now" };

/** The store at the end of a line where everything takes as long as the scheduler likes. */
function far(store: Store, scheduler: fc.Scheduler): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...input: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), `${String(name)} is on its way`);
        const answer: unknown = await value.apply(target, input);
        await scheduler.schedule(Promise.resolve(), `${String(name)} is answered`);
        return answer;
      };
    },
  });
}

/** Settles what a consumer may still run. */
function runnerOf(jobs: Paired): CarriedRunner {
  const outcomeOf = ({ token }: ClaimedJob): Outcome =>
    token % 3 === 0 ? { type: "retry", delayMs: 0, failure } : { type: "complete" };
  return jobs.runner({
    run: (claimed) => jobs.settle(claimed.map((job) => ({ id: job.id, token: job.token, outcome: outcomeOf(job) }))),
  });
}

test("every job of a pair lives one order of calls: those of concurrent clients, of the dispatch and of the consumers", async () => {
  let carried = 0;
  const property = fc.asyncProperty(fc.integer(), fc.scheduler(), async (seed, scheduler) => {
    let now = START;
    const clock = (): number => now;
    const recorder = createRecorder();
    const broker = fakeBroker();
    const store = far(memory({ clock }), scheduler);
    // A pair for each request: of the concurrent clients' we see what it answers, of the other what it asks its store.
    const asked = recorder.record(paired(store, broker, { clock }));
    const asking = paired(recorder.record(store), broker, { clock });
    const disturb = async (): Promise<void> => {
      carried += (await asking.dispatchDue()).carried;
      const messages = broker.messages.splice(0);
      // Each comes twice, at once.
      await Promise.all([runnerOf(asking).runCarried(messages), runnerOf(asking).runCarried(messages)]);
    };
    await scheduler.waitFor(runConcurrentClients(asked, { seed, pass: (ms) => (now += ms), disturb }));
    expect(checkHistory(recorder.calls, { withinMs: now - START })?.message).toBeUndefined();
  });
  await fc.assert(property, { numRuns: 200 });
  expect(carried).toBeGreaterThan(50);
});
