import { defineJob, every, handle, schedule, systemPlatform } from "@longshore/core";
import { memory } from "@longshore/memory";
import {
  type FaultOptions,
  type IdempotencyOptions,
  type TestQueueOptions,
  checkIdempotent,
  testQueue,
  withFaults,
} from "@longshore/testing";
import { z } from "zod";
import { type Factory, aBoolean, aDuration, aFunction, aLogger, factory } from "./factory.ts";

const task = defineJob("task", { input: z.object({}) });
const handlers = [handle(task, () => {})];
const seed = { good: [7], takes: ["zero"], bad: [-7, 2 ** 53] } as const;
const rates = { good: [{ refused: 0.5, slow: 1 }], takes: ["object"], bad: [{ refused: 2 }, { refusd: 0.5 }] } as const;
const only = { good: [{ "settle#1": "refused" }], takes: ["object"] } as const;

/** A world with an effect: without one, there is nothing to check. */
const telling: IdempotencyOptions<object>["world"] = (happened) => {
  happened("an effect");
  return {};
};

export const testing: readonly Factory[] = [
  factory<TestQueueOptions>("testQueue", testQueue, {
    handlers: { good: [handlers], takes: ["list"], bad: [[5], [task]] },
    schedules: { good: [[schedule("s", every("1h"), task.with({}))]], takes: ["list"], bad: [[5]] },
    queues: { good: [{ mail: 1 }], takes: ["object"], bad: [{ mail: 0 }] },
    mode: { good: ["manual", "inline"], bad: ["fast"] },
    startAt: { good: [1_767_000_000_000, new Date(0)], takes: ["zero", "negative"], bad: [new Date(Number.NaN)] },
    store: { good: [(clock: () => number) => memory({ clock })], bad: [memory(), () => ({})] },
    faults: { good: [{ seed: 7 }, { seed: 7, rates: { hung: 0.1 } }], bad: [{}, { seed: "x" }, { seed: 7, rate: {} }] },
    onEvent: aFunction,
    log: aLogger,
    logFailures: aBoolean,
  }),
  factory<FaultOptions>(
    "withFaults",
    (options) => withFaults(memory(), options),
    { seed, rates, only, slow: aDuration, platform: { good: [systemPlatform], bad: [{ now: Date.now }] } },
    { needs: { seed: 7 } },
  ),
  factory<IdempotencyOptions<object>>(
    "checkIdempotent",
    (options) => checkIdempotent(() => handle(task, () => {}), {}, options),
    { world: { good: [telling], bad: [{}] }, log: aLogger },
    { needs: { world: telling } },
  ),
];
