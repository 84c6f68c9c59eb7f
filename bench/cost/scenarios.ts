import { type AnySchema, type Definition, type Feature, createQueue, defineJob, fixed, handle } from "@longshore/core";
import type { DurableObjects } from "@longshore/durable-objects";
import { z } from "zod";
import type { Meter } from "./meter.ts";
import type { MeteredObject } from "./object.ts";
import { type Measured, eachKind } from "./prices.ts";

/** Where a scenario's jobs live: the public client, its object, and the object's meter. */
export type Place = {
  readonly jobs: Omit<DurableObjects, "traits"> & Pick<DurableObjects, "traits">;
  readonly object: Pick<DurableObjectStub<MeteredObject>, "settled" | "rang" | "quiet">;
  readonly meter: Meter;
};

const input = z.object({ userId: z.number() });
export const plain = defineJob("plain", { input, keep: 0 });
export const kept = defineJob("kept", { input });
const unique = defineJob("unique", { input, keep: 0, unique: { key: ({ userId }) => userId } });
const failing = defineJob("failing", { input, keep: 0, retry: fixed({ attempts: 2, delay: 5, jitter: 0 }) });
type Plain = Definition<typeof input, AnySchema | undefined, Feature>;

export const handlers = [
  handle(plain, () => {}),
  handle(kept, () => {}),
  handle(unique, () => {}),
  handle(failing, (_input, { attempt }) => {
    if (attempt === 1) throw new Error("not yet");
  }),
];

export const WAITING = 100_000;
const MOST_PER_CALL = 1_000;
/** Longer than anything is kept. */
const LATER_MS = 25 * 3_600_000;

/** Each runs on its own object, except those of the pair, and returns what one job cost. */
export const scenarios = {
  idle,
  alone: (place) => measured(place, () => inTurn(place, 2_000, 1)),
  batch10: (place) => measured(place, () => inTurn(place, 1_000, 10)),
  batch100: (place) => measured(place, () => inTurn(place, 100, 100)),
  unique10: (place) => measured(place, () => inTurn(place, 1_000, 10, unique)),
  crowd: (place) => measured(place, () => crowd(place, 2_000, 20)),
  failing10: (place) => measured(place, () => failedOnce(place, 200, 10)),
  waiting,
  kept: (place) => measured(place, () => outlived(place, 1_000, 1)),
  kept10: (place) => measured(place, () => outlived(place, 500, 10)),
  kept100: (place) => measured(place, () => outlived(place, 50, 100)),
  paired: (place) => measured(place, () => inTurn(place, 1_000, 1)),
  paired10: (place) => measured(place, () => inTurn(place, 500, 10)),
} satisfies Record<string, (place: Place) => Promise<Measured>>;

/** Everything billed for the work, divided by the number of jobs that `work` returns. Excludes a new object's cost. */
export async function measured(place: Place, work: () => Promise<number>): Promise<Measured> {
  const { meter, object } = place;
  if (meter.settled === 0) await inTurn(place, 2, 1);
  await object.quiet();
  const before = { ...meter };
  const startedAt = Date.now();
  const jobs = await work();
  const seconds = (Date.now() - startedAt) / 1_000;
  await object.quiet();
  const repeated = meter.repeated - before.repeated;
  if (repeated > 0) console.warn(`${repeated} leases ran out on this busy machine: the figures are a little too high`);
  return { ...eachKind((kind) => (meter[kind] - before[kind]) / jobs), perSecond: jobs / seconds };
}

/** Runs batches one after the other. Returns the number of jobs. */
export async function inTurn(place: Place, batches: number, size: number, definition: Plain = plain): Promise<number> {
  for (let batch = 0; batch < batches; batch++) {
    const until = place.meter.settled + size;
    await enqueue(place, size, definition);
    await place.object.settled(until);
  }
  return batches * size;
}

/** So many callers enqueue jobs one by one. */
async function crowd(place: Place, jobs: number, callers: number): Promise<number> {
  const until = place.meter.settled + jobs;
  const caller = async (): Promise<void> => {
    for (let job = 0; job < jobs / callers; job++) await enqueue(place, 1);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  await place.object.settled(until);
  return jobs;
}

/** Each job fails once, so that it is settled twice. */
async function failedOnce(place: Place, batches: number, size: number): Promise<number> {
  for (let batch = 0; batch < batches; batch++) {
    const until = place.meter.settled + 2 * size;
    await enqueue(place, size, failing);
    await place.object.settled(until);
  }
  return batches * size;
}

async function enqueue({ jobs }: Place, size: number, definition: Plain = plain): Promise<void> {
  // A loop of calls inside the process would keep the local runtime from its timers and alarms.
  await scheduler.wait(1);
  await createQueue(jobs).enqueueMany(Array.from({ length: size }, (_, userId) => definition.with({ userId })));
}

/** Enqueues jobs that nobody takes. */
export async function fill(place: Place, jobs: number): Promise<void> {
  await place.jobs.pause("default");
  for (let left = jobs; left > 0; left -= MOST_PER_CALL) await enqueue(place, Math.min(left, MOST_PER_CALL));
}

/** Each job comes to an object without running jobs or an alarm; the alarm that it sets fires for nothing. */
async function idle(place: Place): Promise<Measured> {
  const { object, meter } = place;
  await inTurn(place, 1, 1);
  await object.rang(1);
  return measured(place, async () => {
    for (let job = 0; job < 3; job++) {
      const { rang } = meter;
      await inTurn(place, 1, 1);
      await object.rang(rang + 1);
    }
    return 3;
  });
}

/** Enqueues jobs one by one behind 100 000 others, then runs some from the front: together, a job's whole life. */
async function waiting(place: Place): Promise<Measured> {
  const { jobs, object, meter } = place;
  await inTurn(place, 2, 1);
  await fill(place, WAITING);
  const coming = await measured(place, async () => {
    for (let job = 0; job < 2_000; job++) await enqueue(place, 1);
    return 2_000;
  });
  const leaving = await measured(place, async () => {
    const { settled } = meter;
    await jobs.resume("default");
    await object.settled(settled + 5_000);
    await jobs.pause("default");
    await object.quiet();
    return meter.settled - settled;
  });
  const perSecond = 1 / (1 / coming.perSecond + 1 / leaving.perSecond);
  return { ...eachKind((kind) => coming[kind] + leaving[kind]), perSecond };
}

/** Jobs are kept until their time has passed, and then removed as a worker's tick does. */
async function outlived(place: Place, batches: number, size: number): Promise<number> {
  await inTurn(place, batches, size, kept);
  await forget(place);
  return batches * size;
}

/** Lets the time of all kept jobs pass, and removes them. */
export async function forget({ jobs, meter }: Place): Promise<void> {
  meter.aheadMs += LATER_MS;
  // It checks some rows at a time, and is done when it writes none.
  for (let before = -1; meter.rowsWritten > before;) {
    before = meter.rowsWritten;
    await jobs.prune(100);
  }
}
