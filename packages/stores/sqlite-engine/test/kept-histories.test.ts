import type { JobPage, JobState, ListRequest, NewJob, Outcome, QueueCounts } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { expect, test } from "vitest";
import { type Database, type JobStore, type Room, openSmallJobs, openState, storeOver } from "../src/index.ts";
import { chunks } from "./opened.ts";
import { seeded } from "./seeded.ts";
import { oneConnection } from "./subject.ts";

// Two stores go through the same random history of jobs that are kept: in one each job has a row of its own, in the other
// the ended ones share chunks. Nobody can tell them apart.

const QUEUES = ["default", "mail"];
const NAMES = ["work", "walk"];
const STATES: readonly JobState[] = ["enqueued", "completed", "cancelled", "dead"];
const IDS = Array.from({ length: 40 }, (_, n) => `job-${String(n).padStart(2, "0")}`);

/** A job has about 200 characters here. */
const ROOMS: readonly Room[] = [
  { open: 300, ended: 300, chunk: 700, kept: 1_000 },
  { open: 2_000, ended: 600, chunk: 900, kept: 1_000 },
  { open: 0, ended: 1_000, chunk: 3_000, kept: 1_000 },
];
/** In its history jobs do share chunks; in a random one too few may end at a time. */
const SHARING = 1;
const seeds = [SHARING, Math.floor(Math.random() * 2 ** 31)];
const histories = seeds.flatMap((seed) => ROOMS.map((room) => ({ seed, ...room })));

test.for(histories)(
  "kept jobs in chunks are like those in rows (seed $seed, $ended ended, $chunk in a chunk)",
  (one) => {
    const { seed, ...room } = one;
    const random = seeded(seed);
    const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T; // below its length
    const some = (most: number): string[] => Array.from({ length: 1 + random(most) }, () => pick(IDS));
    let now = 1_700_000_000_000;
    const clock = (): number => now;
    const databases: readonly Database[] = [oneConnection(), oneConnection()];
    const open = (i: number) =>
      openState(databases[i] as Database, i === 0 ? { clock } : { clock, smallJobs: openSmallJobs(room, clock) }); // there are two
    const states = [open(0), open(1)];
    const same = <T>(work: (store: JobStore) => T): T => {
      const [rows, chunks] = states.map((state) => work(storeOver(state))) as [T, T]; // there are two
      expect(chunks).toEqual(rows);
      return rows;
    };
    const tokens = new Map<string, number>();
    const outcome = (): Outcome =>
      pick<Outcome>([
        { type: "complete" },
        { type: "complete" },
        { type: "complete", result: "1" },
        { type: "complete", result: JSON.stringify("x".repeat(2_000)) },
        { type: "retry", delayMs: 500, failure: { message: "no" } },
        { type: "dead", failure: { message: "no" } },
      ]);
    const job = (): NewJob =>
      newJob(pick(IDS), {
        name: pick(NAMES),
        queue: pick(QUEUES),
        payload: JSON.stringify(pick(["", "\n", "],[", "é"])),
        keepMs: pick([0, 20_000, 20_000, 20_000, 60_000]),
      });
    const settle = (ids: readonly string[], how: Outcome): void =>
      void same((store) => store.settle(ids.map((id) => ({ id, token: tokens.get(id) ?? 0, outcome: how }))));
    const run = (): void => {
      const queues = QUEUES.map((name) => ({ name, limit: random(6) }));
      const claimed = same((store) => store.claim({ queues, leaseMs: 5_000 }));
      for (const { id, token } of claimed) tokens.set(id, token);
      if (random(4) > 0)
        settle(
          claimed.map(({ id }) => id),
          outcome(),
        );
    };
    const steps = [
      () => {
        const jobs = Array.from({ length: 1 + random(8) }, job);
        same((store) => store.enqueue(jobs));
      },
      run,
      run,
      run,
      () => settle(some(4), outcome()),
      () => {
        const leases = some(3).map((id) => ({ id, token: tokens.get(id) ?? 0 }));
        same((store) => store.renew(leases, 5_000));
      },
      () => {
        const verb = pick(["cancel", "cancel", "replay", "runNow", "remove"] as const);
        const refs = some(3).map((id) => ({ id }));
        same((store) => store[verb](refs));
      },
      () => {
        const changes = [{ id: pick(IDS), name: pick(NAMES), priority: random(10) }];
        same((store) => store.update(changes));
      },
      () => void same((store) => store.prune(10)),
      () => {
        const parents = [...new Set(some(2))].map((id) => ({ id }));
        const child: NewJob = { ...job(), after: { jobs: parents, onFailed: pick(["dead", "run"] as const) } };
        same((store) => store.enqueue([child]));
      },
      () => void states.splice(0, 2, open(0), open(1)),
      () => {
        // Work that has not happened.
        const jobs = Array.from({ length: 8 }, job);
        const ids = some(9).map((id) => ({ id }));
        for (const state of states) {
          const broken = (): void =>
            state.atomic.group(() => {
              const store = storeOver(state);
              store.remove(ids);
              store.enqueue(jobs);
              throw new Error("of a group");
            });
          expect(broken).toThrow("of a group");
        }
      },
    ];
    const pages = (request: ListRequest): void => {
      let cursor: string | undefined;
      do {
        const page: JobPage = same((store) => store.list({ ...request, cursor }));
        cursor = page.cursor;
      } while (cursor !== undefined);
    };
    let shared = 0;
    for (let round = 0; round < 200; round++) {
      now += pick([1, 1, 1, 1, 50, 50, 700, 700, 3_000]) * pick([1, 1, 1, 1, 1, 5]);
      pick(steps)();
      const filter = pick([{}, {}, { queue: pick(QUEUES) }, { state: pick(STATES) }, { name: pick(NAMES) }]);
      pages({ limit: pick([1, 3, 7, 50]), descending: random(2) === 0, ...filter });
      same((store) => store.get(IDS.map((id) => ({ id }))));
      same((store) => byQueue(store.counts()));
      const state = pick(STATES);
      same((store) => byQueue(store.counts([state])));
      same((store) => QUEUES.map((queue) => store.depth(queue)));
      shared = Math.max(shared, ...chunks(databases[1] as Database)); // there are two
    }
    expect(shared).toBeGreaterThanOrEqual(seed === SHARING ? 2 : 0);
  },
);

/** The contract says nothing of the order of queues. */
function byQueue(counts: readonly QueueCounts[]): readonly QueueCounts[] {
  return counts.toSorted((a, b) => (a.queue < b.queue ? -1 : 1));
}
