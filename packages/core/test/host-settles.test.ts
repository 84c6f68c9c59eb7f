import { describe, expect, test } from "vitest";
import type { Adapter, Lease, Renew, SettleAnswer, Settlement } from "../src/adapter.ts";
import { type JobEvent, createWorker, handle } from "../src/index.ts";
import { claimed, manualTime, scriptedBackend, silent, task } from "./scripted-backend.ts";

// A host that handed jobs out settles them itself, without a call of the adapter.

const LEASE_MS = 30_000;

/** A worker that has run jobs for such a host, and what it said. */
async function ranFor(settle: Adapter["settle"], answer: SettleAnswer = "accepted") {
  const { platform, pass } = manualTime();
  const settled: Settlement[] = [];
  const backend = {
    ...scriptedBackend(platform),
    async settle(settlements: readonly Settlement[]) {
      settled.push(...settlements);
      return settlements.map(() => answer);
    },
  };
  const events: JobEvent[] = [];
  const worker = createWorker(backend, {
    handlers: [handle(task, () => {})],
    log: silent,
    platform,
    onEvent: (event) => events.push(event),
  });
  const ended = worker.run([claimed("a"), claimed("b")], settle);
  await pass(2 * LEASE_MS);
  return { tally: await ended, byAdapter: settled.map(({ id }) => id), completed: idsOf(events, "completed") };
}

const idsOf = (events: readonly JobEvent[], type: JobEvent["type"]): string[] =>
  events.flatMap((event) => (event.type === type && "job" in event ? [event.job.id] : []));

test("a host settles the jobs that it handed out, and the worker tells what it has accepted", async () => {
  const byHost: Settlement[] = [];
  const { tally, byAdapter, completed } = await ranFor(async (settlements) => {
    byHost.push(...settlements);
    return ["accepted", "stale"];
  });
  expect(byHost.map(({ id, outcome }) => [id, outcome.type])).toEqual([
    ["a", "complete"],
    ["b", "complete"],
  ]);
  expect(byAdapter).toEqual([]);
  expect(completed).toEqual(["a"]);
  expect(tally).toMatchObject({ completed: 1, lost: 1 });
});

test.for([
  ["fails", () => Promise.reject(new Error("reset"))],
  ["gives no answer", () => new Promise<never>(() => {})],
] as const)("what a host that %s was to settle, the adapter settles", async ([, settle]) => {
  const { tally, byAdapter, completed } = await ranFor(settle);
  expect(byAdapter).toEqual(["a", "b"]);
  expect(completed).toEqual(["a", "b"]);
  expect(tally.completed).toBe(2);
});

test("what a host has settled before its answer was lost is completed: the adapter is told that it is repeated", async () => {
  const { completed, tally } = await ranFor(() => Promise.reject(new Error("reset")), "repeated");
  expect(completed).toEqual(["a", "b"]);
  expect(tally.lost).toBe(0);
});

describe("a host that also renews the leases of what it handed out", () => {
  const answering = async (renew: Renew["renew"]) => {
    const { platform, pass } = manualTime();
    const asked: string[] = [];
    // The adapter knows nothing of the host's jobs: it is that of others.
    const backend = {
      ...scriptedBackend(platform),
      async renew(leases: readonly Lease[]) {
        asked.push(...leases.map(({ id }) => id));
        return leases.map(() => "lost" as const);
      },
    };
    const aborted: boolean[] = [];
    const slow = handle(task, async (_, { signal }) => {
      await new Promise<void>((resolve) => platform.timer(2 * LEASE_MS, resolve));
      aborted.push(signal.aborted);
    });
    const worker = createWorker(backend, { handlers: [slow], log: silent, platform });
    const ended = worker.run([claimed("a")], async (settlements) => settlements.map(() => "accepted"), renew);
    await pass(3 * LEASE_MS);
    return { tally: await ended, asked, aborted };
  };

  test("is asked, and not the adapter", async () => {
    const leases: number[] = [];
    const { tally, asked, aborted } = await answering(async (given, leaseMs) => {
      leases.push(leaseMs);
      return given.map(() => "held");
    });
    expect([tally.completed, asked, aborted]).toEqual([1, [], [false]]);
    expect(new Set(leases)).toEqual(new Set([LEASE_MS]));
  });

  test("is followed by the adapter once it fails", async () => {
    const { tally, asked } = await answering(() => Promise.reject(new Error("reset")));
    expect([tally.lost, asked[0]]).toEqual([1, "a"]);
  });
});
