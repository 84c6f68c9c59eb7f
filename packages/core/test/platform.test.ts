import { expect, test, vi } from "vitest";
import { createWorker, handle, systemPlatform } from "../src/index.ts";
import { claimed, scriptedBackend, silent, task } from "./scripted-backend.ts";

test("F63: intervals are measured by a clock that nobody sets", () => {
  const before = systemPlatform.monotonic();
  const timeOfDay = vi.spyOn(Date, "now").mockReturnValue(0);
  const after = systemPlatform.monotonic();
  timeOfDay.mockRestore();
  expect(after).toBeGreaterThanOrEqual(before);
});

test("ids of one millisecond rise by steps that nobody can foresee, and a clock that stands still gives no id twice", () => {
  const stopped = vi.spyOn(Date, "now").mockReturnValue(Date.UTC(2030, 0));
  const ids = Array.from({ length: 50_000 }, () => systemPlatform.id());
  stopped.mockRestore();
  expect(new Set(ids).size).toBe(ids.length);
  // After thousands it begins again from below.
  const falls = ids.filter((id, i) => i > 0 && id < (ids[i - 1] ?? ""));
  expect(falls.length).toBeLessThan(50);
  const step = (i: number): number =>
    Number.parseInt(ids[i]?.slice(9, 15) ?? "", 32) - Number.parseInt(ids[i - 1]?.slice(9, 15) ?? "", 32);
  expect(new Set(Array.from({ length: 1_000 }, (_, i) => step(i + 1))).size).toBeGreaterThan(900);
  expect(ids.every((id) => /^1.{20}$/.test(id))).toBe(true);
});

test.each(["setImmediate", "a message"])("a turn by %s lets timers that are due come before", async (way) => {
  if (way !== "setImmediate") vi.stubGlobal("setImmediate", undefined);
  vi.resetModules();
  const platform = await import("../src/runtime/platform.ts");
  let fired = 0;
  setTimeout(() => fired++, 0);
  // A timer may be a millisecond late; what matters is that no number of promises would let it come at all.
  while (fired === 0) await platform.systemPlatform.turn();
  expect(fired).toBe(1);
  vi.unstubAllGlobals();
});

test.each(["after", "before"])("a turn comes, whatever a test has made of the timers %s the import", async (when) => {
  vi.useFakeTimers();
  if (when === "before") vi.resetModules();
  const platform = await import("../src/runtime/platform.ts");
  await platform.systemPlatform.turn();
  vi.useRealTimers();
});

test("a loop whose jobs end at once leaves timers and signals their turn", async () => {
  let claims = 0;
  const endless = async () => [claimed(`job-${++claims}`)];
  const handlers = [handle(task, () => {})];
  const worker = createWorker(scriptedBackend(systemPlatform, { claim: endless }), {
    handlers,
    queues: { default: 2 }, // one stays free: a claim ahead would take a turn
    log: silent,
  });
  const drained = worker.drain();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await worker.stop();
  const { completed } = await drained;
  expect(completed).toBeGreaterThan(0);
});

test("thousands of delivered jobs that end at once leave timers their turn", async () => {
  // In a Worker the clock stands still while code runs.
  const platform = { ...systemPlatform, monotonic: () => 0 };
  const jobs = Array.from({ length: 5_000 }, (_, i) => claimed(`job-${i}`));
  let ran = 0;
  let ranByThen = 0;
  const worker = createWorker(scriptedBackend(platform), {
    handlers: [handle(task, () => void ran++)],
    log: silent,
    platform,
  });
  const running = worker.run(jobs);
  setImmediate(() => (ranByThen = ran));
  await running;
  expect(ran).toBe(5_000);
  expect(ranByThen).toBeGreaterThan(0);
  expect(ranByThen).toBeLessThan(5_000);
});

test("a worker that a Worker makes while its module loads is refused with the reason", () => {
  // As workerd does it then.
  vi.stubGlobal("setTimeout", () => {
    throw new Error("Disallowed operation called within global scope.");
  });
  const make = () => createWorker(scriptedBackend(systemPlatform), { handlers: [], log: silent });
  expect(make).toThrow(
    expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(/in each request/) }),
  );
  vi.unstubAllGlobals();
  make();
});
