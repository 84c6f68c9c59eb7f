import type { Store } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHistory, createRecorder, crowd, saboteurs } from "../src/index.ts";
import { emptyState } from "../src/model/state.ts";
import { seeded } from "../src/random.ts";
import { type Disk, referenceStore } from "../src/reference/store.ts";
import { START } from "../src/virtual-time.ts";
import { slowLine } from "./slow-line.ts";

/** What several clients did to a store at the end of a slow line, and whether any job was the worse for it. */
async function raced(
  seed: number,
  scheduler: fc.Scheduler,
  make: (clock: () => number) => Store,
): Promise<string | undefined> {
  let now = START;
  const recorder = createRecorder();
  const store = recorder.record(
    slowLine(
      make(() => now),
      scheduler,
    ),
  );
  await scheduler.waitFor(crowd(store, { seed, clients: 3, calls: 8, pass: (ms) => (now += ms) }));
  return checkHistory(recorder.calls, { withinMs: now - START })?.message;
}

describe("the memory store is linearizable", () => {
  const everywhere = (wrap: (store: Store, seed: number) => Store) =>
    fc.asyncProperty(fc.integer(), fc.scheduler(), async (seed, scheduler) => {
      expect(await raced(seed, scheduler, (clock) => wrap(memory({ clock }), seed))).toBeUndefined();
    });

  test("whoever comes and hears in which order", () =>
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

/** One verb that looks, waits, and then writes what follows from what it saw. All others are honest. */
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

describe("a crowd finds", () => {
  test.for(Object.entries(TORN) as [TornVerb, string][])("%s: %s", async ([verb]) => {
    const property = fc.asyncProperty(fc.integer(), fc.scheduler(), async (seed, scheduler) => {
      expect(await raced(seed, scheduler, (clock) => torn(verb, scheduler, clock))).toBeUndefined();
    });
    const { failed } = await fc.check(property, { seed: 1, numRuns: 2_000, endOnFailure: true });
    expect(failed).toBe(true);
  });
});

/** What is wrong with one job shows in its life alone, without a clock and without the order of jobs. */
const WRONG: readonly string[] = [
  "puts a new job in the place of one that has ended",
  "answers enqueues in an order of its own",
  "ignores how long a job is kept",
  "claims what is still leased",
  "takes over a lease that a renewal extended",
  "numbers the tokens of each job by themselves",
  "begins its tokens anew when it is empty",
  "gives the same token to every job of a store",
  "never says that a job stalled",
  "releases with any token",
  "settles what was settled again, if it has not been claimed since",
  "says that a stale settlement was accepted, without doing it",
  "a snooze spends its attempt",
  "drops dead letters that are not kept",
  "enqueues the follow-ups of a repeated settlement again",
  "lets a follow-up replace the job that has its id",
  "revives a settled job when it is renewed",
  "cancel leaves the job to its worker",
  "a replay lets the cancelled worker settle after all",
  "runNow takes over a running job",
  "removes running jobs",
  "a removal hides the row and keeps the id",
  "shows rows past their time until a prune takes them",
  "answers a settlement before it is done",
  "answers an enqueue before it is done, and then fails",
];

describe("a crowd finds a store that", () => {
  test.for(WRONG)("%s", async (name) => {
    const wrong = saboteurs.find((one) => one.name === name);
    let found: string | undefined;
    for (let seed = 1; seed <= 40 && found === undefined; seed++) {
      let now = START;
      const subject = await wrong?.make({ clock: { now: () => now } });
      const recorder = createRecorder();
      const store = recorder.record(subject?.adapter as Store); // every saboteur here is one
      await crowd(store, { seed, pass: (ms) => (now += ms) });
      found = checkHistory(recorder.calls, { withinMs: now - START })?.message;
    }
    expect(found).toContain("no order of the calls on the job");
  });
});
