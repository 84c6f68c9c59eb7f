import { expect, test } from "vitest";
import type { Adapter, ClaimedJob, Renew } from "../src/adapter.ts";
import { createWorker, handle } from "../src/index.ts";
import { claimed, manualTime, scriptedBackend, silent, task } from "./scripted-backend.ts";

const CLAIM_MS = 10;
const SLOTS = 2;

/**
 * A worker of two slots on a store that takes ten milliseconds for a claim, and has a backlog. `isHere`: it takes them from
 * the worker, in whose process it is.
 */
function remote(handlerMs: (n: number) => number, verbs: Partial<Pick<Adapter, "settle">> = {}, isHere = false) {
  const { platform: elsewhere, pass } = manualTime();
  let spentMs = 0;
  const platform = { ...elsewhere, monotonic: () => elsewhere.monotonic() + spentMs };
  const calls: string[] = [];
  let made = 0;
  const after = (ms: number): Promise<void> => new Promise((resolve) => void platform.timer(ms, resolve));
  const backend = {
    ...scriptedBackend(platform, {
      async claim({ queues }) {
        const limit = queues[0]?.limit ?? 0;
        // A client of a server asks for a later turn to write in.
        if (!isHere) await platform.turn();
        calls.push(`claim ${limit}`);
        if (isHere) spentMs += CLAIM_MS;
        else await after(CLAIM_MS);
        if (failing) throw new Error("away");
        return Array.from({ length: Math.min(limit, left) }, (): ClaimedJob => {
          left--;
          return claimed(`job-${made++}`);
        });
      },
    }),
    ...verbs,
    renew: (async (leases) => leases.map(() => "held")) satisfies Renew["renew"],
  };
  let left = 1_000;
  let failing = false;
  let ran = 0;
  const run = handle(task, async () => {
    const ms = handlerMs(ran++);
    calls.push("run");
    if (ms > 0) await after(ms);
  });
  const worker = createWorker(backend, { handlers: [run], queues: { default: SLOTS }, log: silent, platform });
  return {
    backend,
    calls,
    pass,
    worker,
    /** How many jobs are left, and whether claims fail from now on. */
    set(next: { readonly left?: number; readonly failing?: boolean }) {
      left = next.left ?? left;
      failing = next.failing ?? failing;
    },
    ran: () => ran,
    made: () => made,
  };
}

test("the next claim is sent before handlers begin that take less time than a claim", async () => {
  const { worker, calls, pass, set } = remote(() => 0);
  set({ left: 6 });
  worker.start();
  await pass(10 * CLAIM_MS);
  const both = ["run", "run"];
  // The first handlers were not known to be quick; from the second claim on they are. The last claims find nothing.
  const ahead = ["claim 2", ...both];
  expect(calls).toEqual(["claim 2", ...both, "claim 2", ...ahead, ...ahead, "claim 2"]);
  await worker.stop();
});

test("nothing is claimed ahead from a store in the worker's process, which would not work meanwhile", async () => {
  const { worker, calls, pass, set } = remote(() => 0, {}, true);
  set({ left: 6 });
  worker.start();
  await pass(10 * CLAIM_MS);
  const both = ["run", "run"];
  expect(calls).toEqual(["claim 2", ...both, "claim 2", ...both, "claim 2", ...both, "claim 2"]);
  await worker.stop();
});

test("ahead of settlements that have no answer, three times as many jobs as slots are claimed in all", async () => {
  const { worker, pass, made } = remote(() => 0, { settle: () => new Promise(() => {}) });
  worker.start();
  await pass(20 * CLAIM_MS);
  expect(made()).toBe(3 * SLOTS);
  const stopped = worker.stop({ grace: 0 });
  await pass(120_000);
  await stopped;
});

test("nothing is claimed ahead of handlers that take longer than a claim", async () => {
  const { worker, calls, pass, set } = remote(() => 2 * CLAIM_MS);
  set({ left: 4 });
  worker.start();
  await pass(20 * CLAIM_MS);
  // One ends after the other.
  expect(calls).toEqual(["claim 2", "run", "run", "claim 1", "run", "claim 1", "run", "claim 1"]);
  await worker.stop();
});

test("jobs that were claimed ahead of handlers that became slow are given back, not renewed", async () => {
  const { worker, backend, pass, ran, made } = remote((n) => (n < 6 ? 0 : 60_000));
  worker.start();
  await pass(1_000);
  // Two run, and those of a claim wait.
  expect([ran(), made()]).toEqual([8, 10]);
  const before = backend.settled.length;
  await pass(backend.traits.leaseMs / 3);
  const release = { outcome: { type: "snooze", delayMs: 0 } };
  expect(backend.settled.slice(before)).toMatchObject([
    { id: "job-8", ...release },
    { id: "job-9", ...release },
  ]);
  await pass(1_000);
  expect([ran(), made()]).toEqual([8, 10]);
  const stopped = worker.stop({ grace: 0 });
  await pass(60_000);
  await stopped;
});

test("what a claim ahead brings after a stop is given back", async () => {
  const { worker, backend, pass, ran, made } = remote(() => 0);
  worker.start();
  await pass(5 * CLAIM_MS + 1);
  const stopped = worker.stop();
  await pass(2 * CLAIM_MS);
  await stopped;
  expect(made()).toBe(ran() + SLOTS);
  const released = Array.from({ length: SLOTS }, (_, i) => ({
    id: `job-${ran() + i}`,
    outcome: { type: "snooze" },
  }));
  expect(backend.settled.slice(-SLOTS)).toMatchObject(released);
});

test("what a claim ahead brings after a drain's budget is given back", async () => {
  const { worker, backend, pass, ran, made } = remote(() => 0);
  const drained = worker.drain({ budget: 5 * CLAIM_MS - 1 });
  await pass(10 * CLAIM_MS);
  await drained;
  expect(made()).toBe(ran() + SLOTS);
  expect(new Set(backend.settled.map(({ id }) => id)).size).toBe(made());
});

test("a claim ahead that fails is repeated", async () => {
  const { worker, pass, set, ran } = remote(() => 0);
  worker.start();
  await pass(3 * CLAIM_MS + 1);
  set({ failing: true });
  await pass(5 * CLAIM_MS);
  const before = ran();
  set({ failing: false });
  await pass(1_000);
  expect(ran()).toBeGreaterThan(before);
  const stopped = worker.stop();
  await pass(1_000);
  await stopped;
});
