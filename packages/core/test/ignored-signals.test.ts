import { expect, test } from "vitest";
import { z } from "zod";
import type { Lease } from "../src/adapter.ts";
import { type Platform, createWorker, defineJob, fixed, handle } from "../src/index.ts";
import { claimed, manualTime, scriptedBackend, silent } from "./scripted-backend.ts";

const task = defineJob("task", { input: z.object({}), timeout: "1s", retry: fixed({ delay: 0, attempts: 2 }) });
const ignoring = handle(task, () => new Promise<never>(() => {}));

/** Counts the timers that would keep a process alive. */
function counted(platform: Platform): { readonly platform: Platform; readonly pending: Set<object> } {
  const pending = new Set<object>();
  const timer: Platform["timer"] = (ms, callback) => {
    const one = {};
    pending.add(one);
    const stop = platform.timer(ms, () => {
      pending.delete(one);
      callback();
    });
    return () => {
      pending.delete(one);
      stop();
    };
  };
  return { platform: { ...platform, timer }, pending };
}

test.each([
  ["before its timeout", 500],
  ["after its timeout", 1_500],
])("a handler that ignores its signal keeps no process alive after a stop: %s", async (_when, ranMs) => {
  const time = manualTime();
  const { platform, pending } = counted(time.platform);
  const backend = scriptedBackend(platform);
  const told: unknown[] = [];
  const log = { ...silent, error: (fields: unknown) => void told.push(fields) };
  const worker = createWorker(backend, { handlers: [ignoring], log, platform });
  backend.claims.push([claimed("a")]);
  worker.start();
  await time.pass(ranMs);
  let stopped = false;
  const stopping = worker.stop({ grace: 0 }).then(() => (stopped = true));
  await time.pass(1_000);
  expect(stopped).toBe(true);
  await stopping;
  expect(pending.size).toBe(0);
  expect(told).toEqual([expect.objectContaining({ message: "the handler ignored its signal", job_id: "a" })]);

  // It can be started again, and has all its slots.
  backend.claims.push([claimed("b")]);
  worker.start();
  await time.pass(1_500);
  expect(backend.settled.filter(({ id }) => id === "b")).toHaveLength(1);
  void worker.stop({ grace: 0 });
  await time.pass(1_000);
});

test("a job that is settled is not renewed while its handler runs on", async () => {
  const { platform, pass } = manualTime();
  const renewed: (readonly Lease[])[] = [];
  const backend = {
    ...scriptedBackend(platform),
    traits: { ...scriptedBackend(platform).traits, leaseMs: 3_000 },
    async renew(leases: readonly Lease[]) {
      renewed.push(leases);
      return leases.map(() => "held" as const);
    },
  };
  backend.claims.push([claimed("a")]);
  const worker = createWorker(backend, { handlers: [ignoring], log: silent, logFailures: false, platform });
  worker.start();
  await pass(8_000);
  expect(backend.settled).toHaveLength(1);
  expect(renewed.filter((leases) => leases.length === 0)).toEqual([]);
  void worker.stop({ grace: 0 });
  await pass(1_000);
});

test("a timeout is told in whole milliseconds", async () => {
  const time = manualTime();
  const platform = { ...time.platform, monotonic: () => time.platform.monotonic() + 0.1 };
  const backend = scriptedBackend(platform);
  backend.claims.push([claimed("a")]);
  const worker = createWorker(backend, { handlers: [ignoring], log: silent, logFailures: false, platform });
  worker.start();
  await time.pass(1_100);
  const [settlement] = backend.settled;
  expect(settlement?.outcome).toMatchObject({ failure: { message: "No end within 1000 ms." } });
  void worker.stop({ grace: 0 });
  await time.pass(1_000);
});
