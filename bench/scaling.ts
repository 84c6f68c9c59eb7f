import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { memory } from "@longshore/memory";
import { z } from "zod";

import { timed } from "./contestants.ts";

const SMALL = 1_000;
const LARGE = 1_000_000;
const ROUNDS = 40;
const PER_ROUND = 1_000;

/**
 * How much more it costs to enqueue, run and settle jobs with a million jobs waiting in the same queue than with a
 * thousand. The backlog keeps its length: jobs are added at the back and leave at the front.
 */
export async function scaling(repeats: number): Promise<number> {
  const ratios: number[] = [];
  for (let i = 0; i < repeats; i++) ratios.push((await through(LARGE)) / (await through(SMALL)));
  return ratios.toSorted((a, b) => a - b)[Math.floor(repeats / 2)] ?? Number.NaN;
}

async function through(waiting: number): Promise<number> {
  let ran = 0;
  const touch = defineJob("touch", { input: z.object({ n: z.number() }), keep: 0 });
  const adapter = memory();
  const queue = createQueue(adapter);
  const worker = createWorker(adapter, { handlers: [handle(touch, async () => void ran++)] });
  const push = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) await queue.enqueue(touch, { n });
  };
  await push(waiting);
  globalThis.gc?.();
  const round = async (): Promise<void> => {
    await push(PER_ROUND);
    const { leaseMs } = adapter.traits;
    for (let left = PER_ROUND; left > 0; left -= 10) {
      await worker.run(await adapter.claim({ queues: [{ name: "default", limit: 10 }], leaseMs }));
    }
  };
  await round();
  const took = await timed(async () => {
    for (let i = 0; i < ROUNDS; i++) await round();
  });
  if (ran !== (ROUNDS + 1) * PER_ROUND) throw new Error(`ran ${ran} jobs of ${(ROUNDS + 1) * PER_ROUND}`);
  return took;
}
