import { checkHistory, createRecorder, runConcurrentClients } from "../src/index.ts";
import { seeded } from "@longshore/conformance";
import { type Disk, START, emptyState, referenceStore } from "@longshore/conformance/tools";
import type { Store } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slowConnection } from "./slow-connection.ts";

/** What several clients did to a store over a slow connection, and whether every job's calls have an order. */
async function raced(
  seed: number,
  scheduler: fc.Scheduler,
  make: (clock: () => number) => Store,
): Promise<string | undefined> {
  let now = START;
  const recorder = createRecorder();
  const store = recorder.record(
    slowConnection(
      make(() => now),
      scheduler,
    ),
  );
  await scheduler.waitFor(runConcurrentClients(store, { seed, clients: 3, calls: 8, pass: (ms) => (now += ms) }));
  return checkHistory(recorder.calls, { withinMs: now - START })?.message;
}

describe("the memory store is linearizable", () => {
  const everywhere = (wrap: (store: Store, seed: number) => Store) =>
    fc.asyncProperty(fc.integer(), fc.scheduler(), async (seed, scheduler) => {
      expect(await raced(seed, scheduler, (clock) => wrap(memory({ clock }), seed))).toBeUndefined();
    });

  test("in whichever order calls and answers arrive", () =>
    fc.assert(
      everywhere((store) => store),
      { numRuns: 300 },
    ));

  test("where replies are lost", () => fc.assert(everywhere(losing), { numRuns: 300 }));
});

/** Every fifth call or so happens, and then fails. */
function losing(store: Store, seed: number): Store {
  const random = seeded(seed);
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...input: unknown[]) => {
        const answer: unknown = await value.apply(target, input);
        if (random() < 0.2) throw new Error("the reply was lost");
        return answer;
      };
    },
  });
}

/** One verb that reads, waits, and then writes by what it read. All others are correct. */
function torn(verb: TornVerb, scheduler: fc.Scheduler, clock: () => number): Store {
  const disk: Disk = { state: emptyState() };
  const store = referenceStore({ now: clock }, disk);
  const honest: (...input: never[]) => Promise<unknown> = store[verb];
  const slow = async (...input: never[]): Promise<unknown> => {
    const seen = disk.state;
    await scheduler.schedule(Promise.resolve(), `${verb} has looked and not yet written`);
    const { rows, ...current } = disk.state;
    disk.state = { ...current, rows: seen.rows };
    const answered = honest(...input);
    const changed = [...disk.state.rows].filter(([id, row]) => seen.rows.get(id) !== row);
    const gone = [...seen.rows.keys()].filter((id) => !disk.state.rows.has(id));
    const kept = [...rows].filter(([id]) => !gone.includes(id));
    disk.state = { ...disk.state, rows: new Map([...kept, ...changed]) };
    return answered;
  };
  return { ...store, [verb]: slow };
}

const TORN = {
  enqueue: "an enqueue that looks for a duplicate first and inserts later",
  claim: "a claim that selects first and leases later",
  settle: "a settle that compares its token first and writes later",
  renew: "a renewal that compares its token first and extends later",
  cancel: "a cancel that looks at the state first and ends the job later",
  replay: "a replay that looks at the state first and revives the job later",
  remove: "a removal that looks at the state first and deletes later",
} as const;
type TornVerb = keyof typeof TORN;

describe("the check of concurrent clients finds", () => {
  test.for(Object.entries(TORN) as [TornVerb, string][])("%s: %s", async ([verb]) => {
    const property = fc.asyncProperty(fc.integer(), fc.scheduler(), async (seed, scheduler) => {
      expect(await raced(seed, scheduler, (clock) => torn(verb, scheduler, clock))).toBeUndefined();
    });
    const { failed } = await fc.check(property, { seed: 1, numRuns: 2_000, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
