import { createQueue, defineJob } from "@longshore/core";
import type { Adapter, Pull } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { sqlite } from "@longshore/sqlite";
import { z } from "zod";

const KEYS = 1_000;
const BEHIND = 100_000;
const BATCH = 1_000;
const CLAIMS = 50;
const ROUNDS = 5;
/** Longer than the measurement, so that the keys stay full. */
const LEASE_MS = 3_600_000;

const input = z.object({ key: z.number() });
const keyed = defineJob("keyed", { input, concurrency: { key: ({ key }) => key, limit: 1 } });
const plain = defineJob("plain", { input, keep: 0 });

const stores = { memory, sqlite: () => sqlite(":memory:") };

/** By store: the time of a claim beside 1 000 full keys with 100 000 jobs behind them, over that beside as many without keys. */
export type FullKeyFigures = Readonly<Record<keyof typeof stores, number>>;

/** In the same process, in turn, beside as many jobs that run and as many that wait. SQLite in memory is the engine of an object. */
export async function fullKeyFigures(say: (text: string) => void): Promise<FullKeyFigures> {
  const ratios: Record<string, number> = {};
  for (const [name, make] of Object.entries(stores)) {
    say(`${name}: ${KEYS} full keys with ${BEHIND} jobs behind them`);
    const [full, free] = [await crowded(make(), true), await crowded(make(), false)];
    const found: number[] = [];
    for (let round = 0; round < ROUNDS; round++) found.push((await full()) / (await free()));
    ratios[name] = found.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
    say(`${name}: ${ratios[name]?.toFixed(2)}`);
  }
  return ratios as FullKeyFigures; // each has one
}

/** Returns what measures some claims: their time in ms. */
async function crowded(store: Adapter & Pull, hasKeys: boolean): Promise<() => Promise<number>> {
  const queue = createQueue(store as ReturnType<typeof memory>); // both have limits
  const ask = { queues: [{ name: "default", limit: KEYS }], leaseMs: LEASE_MS };
  for (let from = 0; from < KEYS + BEHIND; from += BATCH) {
    const isFirst = from < KEYS;
    const requests = Array.from({ length: BATCH }, (_, key) =>
      hasKeys ? keyed.with({ key }) : plain.with({ key }, isFirst ? {} : { delay: "1d" }),
    );
    await queue.enqueueMany(requests);
    if (isFirst && (await store.claim(ask)).length !== KEYS) throw new Error("not all keys are full");
  }
  return async () => {
    await queue.enqueueMany(Array.from({ length: CLAIMS }, (_, key) => plain.with({ key })));
    let ms = 0;
    for (let i = 0; i < CLAIMS; i++) {
      const startedAt = performance.now();
      const jobs = await store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: LEASE_MS });
      ms += performance.now() - startedAt;
      if (jobs.length !== 1) throw new Error(`a claim found ${jobs.length} jobs`);
      await store.settle(jobs.map((job) => ({ ...job, outcome: { type: "complete" } })));
    }
    return ms;
  };
}
