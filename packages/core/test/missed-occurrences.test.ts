import { expect, test } from "vitest";
import { z } from "zod";
import type { Advance } from "../src/adapter.ts";
import { createWorker, defineJob, every, handle, schedule } from "../src/index.ts";
import { manualTime, scriptedBackend, silent } from "./scripted-backend.ts";

const MINUTE = 60_000;
const task = defineJob("task", { input: z.object({ text: z.string() }) });

/** The calls by which schedules that were down for so many minutes catch up. */
async function callsAfter(minutes: number, schedules: number, text: string): Promise<(readonly Advance[])[]> {
  const { platform, jump } = manualTime();
  const calls: (readonly Advance[])[] = [];
  const scripted = scriptedBackend(platform);
  const backend: typeof scripted = {
    ...scripted,
    traits: { ...scripted.traits, maxPayloadBytes: 1_000_000 },
    advance: (steps) => (calls.push(steps), scripted.advance(steps)),
  };
  const worker = createWorker(backend, {
    handlers: [handle(task, () => {})],
    schedules: Array.from({ length: schedules }, (_, i) =>
      schedule(`often-${i}`, every("1m"), task.with({ text }), { missed: { all: 1_000 } }),
    ),
    platform,
    log: silent,
  });
  await worker.tick();
  calls.length = 0;
  jump(minutes * MINUTE);
  await worker.tick();
  return calls;
}

test("what many schedules have missed is made up for in calls of a thousand steps, in their order", async () => {
  const calls = await callsAfter(1_000, 3, "");
  expect(calls.map((steps) => steps.length)).toEqual([1_000, 1_000, 1_000]);
  const times = calls.flat().flatMap(({ name, to }) => (name === "often-1" ? [to] : []));
  expect(times).toHaveLength(1_000);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("occurrences with large inputs go in calls that every backend takes", async () => {
  const calls = await callsAfter(12, 1, "x".repeat(300_000));
  expect(calls.map((steps) => steps.length)).toEqual([3, 3, 3, 3]);
  const larger = await callsAfter(2, 1, "x".repeat(999_000));
  expect(larger.map((steps) => steps.length)).toEqual([1, 1]);
});

test("a schedule whose next call fails is due at once for the rest of what it missed", async () => {
  const steps = (await callsAfter(3, 1, "")).flat();
  const [first, second, third] = steps;
  expect(steps).toHaveLength(3);
  expect([first?.nextAt, second?.nextAt]).toEqual([second?.to, third?.to]);
  expect(third?.nextAt).toBe((third?.to ?? 0) + MINUTE);
});
