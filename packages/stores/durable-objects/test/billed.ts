import { env } from "cloudflare:workers";
import {
  type AnySchema,
  type Definition,
  type Feature,
  type JobOptions,
  createQueue,
  defineJob,
  handle,
} from "@longshore/core";
import { vi } from "vitest";
import { durableObjects } from "../src/index.ts";
import type { Bill } from "./meter.ts";
import { anyInput } from "./schema.ts";
import { crew, metering } from "./worker.ts";

// What jobs cost in an object of their own, by the figures of its cursors.

export const plain = defineJob("plain", { input: anyInput, keep: 0 });
export const kept = defineJob("kept", { input: anyInput, keep: "1d" });
export const HOUR = 3_600_000;
const { meter } = metering;
let objects = 0;
/** How far ahead the object's clock is, in ms. */
export const clock = { aheadMs: 0 };

type Any = Definition<AnySchema, AnySchema | undefined, Feature>;
/** Another object. */
export function anew(...definitions: readonly Definition<typeof anyInput, AnySchema | undefined, Feature>[]): void {
  crew.adapter = { name: `billed-${++objects}` };
  clock.aheadMs = 0;
  metering.options = { clock: () => Date.now() + clock.aheadMs };
  crew.handlers = [plain, kept, ...definitions].map((definition) => handle(definition, () => {}));
}
export const adapter = () => durableObjects(env.METERED, crew.adapter);
export const stub = () => env.METERED.getByName(crew.adapter.name ?? "");
export const enqueue = (jobs: number, options: JobOptions = {}, definition: Any = plain) =>
  createQueue(adapter()).enqueueMany(Array.from({ length: jobs }, (_, n) => definition.with({ n }, options)));

/** What each job cost, from before they are enqueued until at least so many are settled. */
export async function costOf(jobs: number, work: () => Promise<unknown>): Promise<Bill> {
  const before = { ...meter };
  await work();
  await vi.waitUntil(() => meter.settled >= before.settled + jobs, { interval: 1, timeout: 200_000 });
  const settled = meter.settled - before.settled;
  const each = (name: keyof Bill): number => (meter[name] - before[name]) / settled;
  return {
    rowsWritten: each("rowsWritten"),
    rowsRead: each("rowsRead"),
    alarms: each("alarms"),
    requests: each("requests"),
  };
}
/** In batches, each when the one before is settled. */
export async function inTurn(batches: number, size: number, options?: JobOptions, definition?: Any): Promise<void> {
  for (let batch = 0; batch < batches; batch++) await costOf(size, () => enqueue(size, options, definition));
}
/** One job before the others, so that the tables are made, the schedules looked at, and an alarm stands. */
export const warmUp = () => inTurn(2, 1);
