import { expect, test } from "vitest";
import { completeWithin } from "../src/adapter.ts";
import { type JobContext, createWorker, handle } from "../src/index.ts";
import { claimed, manualTime, scriptedBackend, silent, task } from "./scripted-backend.ts";

const SETTLE_MS = 10;

type Happens = {
  /** Which call with settlements. */
  readonly failing?: number;
  /** Before a handler returns. */
  readonly atEnd?: (context: JobContext) => Promise<void>;
};

/** Jobs that end one millisecond after the other, on a store that takes ten for a settlement. */
async function settledOneByOne(jobs: number, { failing, atEnd }: Happens = {}) {
  const { platform, pass } = manualTime();
  const after = (ms: number): Promise<void> => new Promise((resolve) => void platform.timer(ms, resolve));
  const calls: string[][] = [];
  const backend = scriptedBackend(platform);
  const settle: typeof backend.settle = async (settlements) => {
    const call = calls.push(settlements.map(({ id }) => id));
    await after(SETTLE_MS);
    if (call === failing) throw new Error("away");
    return settlements.map(() => "accepted");
  };
  backend.claims.push(Array.from({ length: jobs }, (_, i) => claimed(`job-${i + 1}`)));
  let begun = 0;
  const run = handle(task, async (_, context) => {
    await after(++begun);
    await atEnd?.(context);
  });
  const worker = createWorker(
    { ...backend, settle },
    { handlers: [run], queues: { default: jobs }, log: silent, platform },
  );
  const drained = worker.drain();
  await pass(1_000);
  return { calls, tally: await drained };
}

test("while four settlements are under way, those of jobs that end meanwhile go together with the next", async () => {
  const { calls, tally } = await settledOneByOne(12);
  const together = Array.from({ length: 7 }, (_, i) => `job-${i + 5}`);
  expect(calls).toEqual([["job-1"], ["job-2"], ["job-3"], ["job-4"], together, ["job-12"]]);
  expect(tally.completed).toBe(12);
});

test("those that waited are settled, too, where the ones before them fail", async () => {
  const { calls, tally } = await settledOneByOne(12, { failing: 1 });
  expect(calls.filter((ids) => ids.includes("job-1")).length).toBe(2);
  expect(tally).toMatchObject({ completed: 12, lost: 0 });
});

test("a job whose handler's transaction may still be open is settled alone, also while four settlements are under way", async () => {
  const { calls } = await settledOneByOne(6, {
    async atEnd(context) {
      if (context.id !== "job-6") return;
      await completeWithin(context, undefined, { settle: async () => ["accepted"], committed() {} });
      throw new Error("not committed");
    },
  });
  expect(calls).toEqual([["job-1"], ["job-2"], ["job-3"], ["job-4"], ["job-6"], ["job-5"]]);
});
