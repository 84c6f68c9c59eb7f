import { expect, test } from "vitest";
import type { Adapter, SettleAnswer, Settlement } from "../src/adapter.ts";
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
