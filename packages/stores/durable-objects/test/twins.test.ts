import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ClaimedJob, NewJob, Outcome, QueueCounts } from "@longshore/core/adapter";
import { expect, test } from "vitest";
import { openSmallJobs, openState, storeOver } from "@longshore/sqlite-engine";
import { databaseOf } from "../src/database.ts";
import type { JobStore } from "../src/index.ts";

// A job that is born with its lease must end like one that was enqueued and then claimed. Two stores go through the
// same random history: in one jobs start as they are enqueued, in the other the same ones are claimed right after.

const QUEUES = ["default", "mail"];
const IDS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const LEASE_MS = 30_000;

/** Chance that can be repeated (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A store in an object of its own, and the newest token of each job in it. */
function twin(name: string, ledger: number, clock: () => number, mostRunning: () => number) {
  const stub = env.KEEPER.getByName(name);
  const started = new Map<number, ClaimedJob>();
  const autoStart = {
    get maxRunning() {
      return mostRunning();
    },
    batch: 1,
    started,
  };
  const tokens = new Map<string, number>();
  let store: JobStore | undefined;
  const note = (jobs: readonly ClaimedJob[]): ClaimedJob[] => {
    for (const { id, token } of jobs) tokens.set(id, token);
    return jobs.map((job) => ({ ...job, token: 0 }));
  };
  return {
    tokens,
    run: <T>(work: (store: JobStore) => T): Promise<T> =>
      runInDurableObject(stub, (_, { storage }) => {
        store ??= storeOver(
          openState(databaseOf(storage), {
            clock,
            lease: LEASE_MS,
            autoStart,
            smallJobs: openSmallJobs({ open: ledger, ended: ledger / 2, chunk: 700, kept: 1_000 }, clock),
          }),
        );
        return work(store);
      }),
    async evict(): Promise<void> {
      store = undefined;
      await runInDurableObject(stub, () => {});
      await evictDurableObject(stub);
    },
    note,
    started(): ClaimedJob[] {
      const jobs = note([...started.values()]);
      started.clear();
      return jobs;
    },
  };
}

/** One that is known, and another one each time. */
const seeds = [1, Math.floor(Math.random() * 2 ** 31)];

/** How many characters of small jobs the ledger of the one and of the other has. */
const LEDGERS = [
  [0, 0],
  [300, 1_000],
  [32_000, 0],
] as const;
const histories = seeds.flatMap((seed) => LEDGERS.map(([one, other]) => [seed, one, other] as const));

test.for(histories)(
  "jobs that start at once live like jobs that are claimed (seed %i, ledgers of %i and %i)",
  async ([seed, ...ledgers]) => {
    const random = seeded(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T; // below its length
    let now = 1_000_000_000_000;
    let mostRunning = 0;
    let births = 0;
    const clock = (): number => now;
    const atOnce = twin(`at-once-${seed}-${ledgers[0]}`, ledgers[0], clock, () => mostRunning);
    const later = twin(`later-${seed}-${ledgers[0]}`, ledgers[1], clock, () => 0);
    const both = async <T>(work: (store: JobStore) => T): Promise<[T, T]> => [
      await atOnce.run(work),
      await later.run(work),
    ];
    const same = async (work: (store: JobStore) => unknown): Promise<void> => {
      const [a, b] = await both(work);
      expect(a).toEqual(b);
    };
    const byId = (jobs: readonly ClaimedJob[]): ClaimedJob[] => [...jobs].sort((a, b) => (a.id < b.id ? -1 : 1));

    const newJob = (): NewJob => ({
      id: pick(IDS),
      name: "work",
      queue: pick(QUEUES),
      payload: JSON.stringify(random()),
      headers: { v: "1" },
      priority: pick([0, 5, 5]),
      due: { inMs: pick([0, 0, 0, 5_000]) },
      keepMs: pick([0, 0, 10_000]),
    });
    const outcome = (): Outcome => {
      const failure = { message: `failure ${random()}` };
      return pick<Outcome>([
        { type: "complete" },
        { type: "complete", result: "1" },
        { type: "retry", delayMs: pick([0, 3_000]), failure },
        { type: "snooze", delayMs: pick([0, 3_000]) },
        { type: "dead", failure },
      ]);
    };
    const enqueue = async (): Promise<void> => {
      // Nothing starts at once while something waits.
      if (random() < 0.5) await claim(9);
      const jobs = Array.from({ length: 1 + Math.floor(random() * 4) }, newJob);
      mostRunning = Math.floor(random() * 16);
      const [a, b] = await both((store) => store.enqueue(jobs));
      expect(a.map(({ status }) => status)).toEqual(b.map(({ status }) => status));
      const started = atOnce.started();
      births += started.length;
      const queues = QUEUES.map((name) => ({ name, limit: started.filter(({ queue }) => queue === name).length }));
      const claimed = later.note(await later.run((store) => store.claim({ queues, leaseMs: LEASE_MS })));
      expect(byId(started)).toEqual(byId(claimed));
    };
    const settle = async (): Promise<void> => {
      const id = pick(IDS);
      const how = outcome();
      const settleIn =
        ({ tokens }: typeof atOnce) =>
        (store: JobStore) =>
          store.settle([{ id, token: tokens.get(id) ?? 0, outcome: how }]);
      expect(await atOnce.run(settleIn(atOnce))).toEqual(await later.run(settleIn(later)));
    };
    const claim = async (most = Math.floor(random() * 3)): Promise<void> => {
      const queues = QUEUES.map((name) => ({ name, limit: most }));
      const [a, b] = await both((store) => store.claim({ queues, leaseMs: LEASE_MS }));
      expect(atOnce.note(a)).toEqual(later.note(b));
    };
    const renew = async (): Promise<void> => {
      const id = pick(IDS);
      const renewIn =
        ({ tokens }: typeof atOnce) =>
        (store: JobStore) =>
          store.renew([{ id, token: tokens.get(id) ?? 0 }], LEASE_MS);
      expect(await atOnce.run(renewIn(atOnce))).toEqual(await later.run(renewIn(later)));
    };
    const operate = async (): Promise<void> => {
      const verb = pick(["cancel", "replay", "runNow", "remove"] as const);
      const id = pick(IDS);
      await same((store) => store[verb]([{ id }]));
    };
    const pause = async (): Promise<void> => {
      const verb = pick(["pause", "resume", "resume"] as const);
      const queue = pick(QUEUES);
      await same((store) => store[verb](queue));
    };

    for (let step = 0; step < 200; step++) {
      now += pick([1, 700, 4_000, 4_000, LEASE_MS]);
      if (random() < 0.1) await atOnce.evict();
      if (random() < 0.1) await later.evict();
      await pick([enqueue, enqueue, enqueue, settle, settle, () => claim(), renew, operate, pause])();
      await same((store) => [
        store.list({ limit: 20 }),
        byQueue(store.counts()),
        byQueue(store.counts(["enqueued", "active", "stalled", "dead"])),
        store.dueInMs({ queues: QUEUES, schedules: [] }),
      ]);
    }
    expect(births).toBeGreaterThan(0);
  },
);

/** The contract says nothing of the order of queues. */
function byQueue(counts: readonly QueueCounts[]): readonly QueueCounts[] {
  return counts.toSorted((a, b) => (a.queue < b.queue ? -1 : 1));
}
