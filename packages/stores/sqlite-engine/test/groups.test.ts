import type { NewJob } from "@longshore/core/adapter";
import { newJob } from "@longshore/conformance/tools";
import { expect, test } from "vitest";
import { type StoreState, openSmallJobs, openState, storeOver } from "../src/index.ts";
import { seeded } from "./seeded.ts";
import { oneConnection } from "./subject.ts";

// The calls of a group share a transaction, and the ledger is written once for all of them.

const NOW = 1_700_000_000_000;

function opened(database = oneConnection(), ledger = 700) {
  const clock = () => NOW;
  const state: StoreState = openState(database, {
    clock,
    smallJobs: openSmallJobs({ open: ledger, ended: 300, chunk: 700, kept: 1_000 }, clock),
  });
  return { database, store: storeOver(state), group: state.atomic.group };
}
type Opened = ReturnType<typeof opened>;

const small = (id: string): NewJob => newJob(id, { payload: "{}", keepMs: 0 });
const large = (id: string): NewJob => newJob(id, { payload: JSON.stringify("x".repeat(2_000)) });
const all = ({ store }: Opened): string => JSON.stringify([store.list({ limit: 100 }), store.counts()]);
const fails = (): never => {
  throw new Error("of a group");
};

test("a group writes the ledger once", () => {
  const { store, group, database } = opened(oneConnection(), 32_000);
  const writes = () => Number(database.sql<{ n: number }>("SELECT total_changes() n")[0]?.n);
  store.enqueue([small("first")]);
  const before = writes();
  group(() => {
    store.enqueue([small("a")]);
    store.enqueue([small("b")]);
    store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000 });
  });
  // That of `first` leaves no row, and `a` and `b` might have had some.
  expect(writes() - before).toBe(1);
});

test("a group of which one throws has not happened, neither in memory nor in the tables", () => {
  const subject = opened();
  const { store, group, database } = subject;
  store.enqueue([small("stands"), large("has a row")]);
  const [leased] = store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 60_000 });
  const before = all(subject);
  const work = (): void => {
    store.enqueue([small("new"), large("large")]);
    store.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: 60_000 });
    store.settle([{ id: "stands", token: leased?.token ?? 0, outcome: { type: "complete" } }]);
  };
  const broken = (): void =>
    group(() => {
      work();
      fails();
    });
  expect(broken).toThrow("of a group");
  expect(all(subject)).toBe(before);
  expect(all(opened(database))).toBe(before);
  // And nothing is left of it that would keep the next from being saved.
  work();
  expect(all(opened(database))).toBe(all(subject));
});

const seeds = [1, Math.floor(Math.random() * 2 ** 31)];
test.for(seeds)("a random history in groups is the same as one by one (seed %i)", (seed) => {
  const random = seeded(seed);
  const grouped = opened();
  const alone = opened();
  const tokens = new Map<string, number>();
  const id = (): string => `job-${random(12)}`;
  const outcomes = [
    { type: "complete" },
    { type: "retry", delayMs: 0, failure: { message: "no" } },
    { type: "dead", failure: { message: "no" } },
  ] as const;
  const call = (): ((one: Opened) => unknown) => {
    const [job, kind, pick, limit] = [id(), random(5), random(3), 1 + random(4)];
    const made = pick === 0 ? large(job) : small(job);
    if (kind === 0) return ({ store }) => store.enqueue([made]);
    if (kind === 1) return ({ store }) => store.claim({ queues: [{ name: "default", limit }], leaseMs: 60_000 });
    if (kind === 2) return ({ store }) => store.cancel([{ id: job }]);
    const outcome = outcomes[pick] ?? outcomes[0];
    return ({ store }) => store.settle([{ id: job, token: tokens.get(job) ?? 0, outcome }]);
  };
  for (let round = 0; round < 150; round++) {
    const calls = Array.from({ length: 1 + random(4) }, call);
    const expected = calls.map((one) => one(alone));
    const broken = () => grouped.group(() => [...calls.map((one) => one(grouped)), fails()]);
    expect(broken).toThrow("of a group");
    expect(grouped.group(() => calls.map((one) => one(grouped)))).toEqual(expected);
    for (const job of expected.flat() as { readonly id?: string; readonly token?: number }[]) {
      if (job.id !== undefined && job.token !== undefined) tokens.set(job.id, job.token);
    }
    expect(all(grouped)).toBe(all(alone));
    expect(all(opened(grouped.database))).toBe(all(alone));
  }
});
