import { expect, test } from "vitest";
import { z } from "zod";
import {
  createQueue,
  createWorker,
  defineJob,
  defineQueue,
  every,
  exponential,
  handle,
  nonRetryable,
  retryAfter,
  schedule,
  snooze,
} from "../src/index.ts";
import type { Adapter, Inspect } from "../src/adapter.ts";
import type { Definition, JobRequest } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { claimed, scriptedBackend, silent, task, manualTime } from "./scripted-backend.ts";

/** What callers without types hand over by mistake, and what the message says of it. */
const mistaken: readonly (readonly [what: string, call: () => unknown, message: string])[] = [
  [
    "a definition in a list of requests",
    () => createQueue(minimalAdapter()).enqueueMany([task as unknown as JobRequest]),
    "The member of jobs must be made by definition.with(input); got object.",
  ],
  [
    "a hole in a list of requests",
    () => createQueue(minimalAdapter()).enqueueMany([undefined as unknown as JobRequest]),
    "The member of jobs must be made by definition.with(input); got undefined.",
  ],
  [
    "a handler in a list of requests",
    () => createQueue(minimalAdapter()).enqueueMany([handle(task, () => {}) as unknown as JobRequest]),
    "The member of jobs must be made by definition.with(input); got object.",
  ],
  [
    "a handler in place of a schedule's request",
    () => schedule("nightly", every("1m"), handle(task, () => {}) as unknown as JobRequest),
    "The request of nightly must be made by definition.with(input); got object.",
  ],
  [
    "an id that is a number",
    () => createQueue(readable()).get(42 as unknown as string),
    "The id must be 1 to 200 ASCII letters, digits or _.:@/+=~$-; got 42.",
  ],
  [
    "a number of retries",
    () => defined({ retry: 3 }),
    "The retry of job must be made by exponential, linear, fixed or custom; got 3.",
  ],
  [
    "a policy of BullMQ's kind",
    () => defined({ retry: { attempts: 3, delayMs: 1_000 } }),
    "The retry of job must be made by exponential, linear, fixed or custom; got object.",
  ],
  [
    "an address in place of an adapter, without its password",
    () => createQueue("postgres://app:secret@db.example.com/shop" as unknown as Adapter),
    'The adapter of createQueue must be what a function such as memory() returns; got "postgres://...@db.example.com/shop".',
  ],
  [
    "the limit of a queue at a definition",
    () => defined({ concurrency: 10 }),
    "The concurrency of job must be { key, limit }, or an option of defineQueue; got 10.",
  ],
  [
    "a date as text",
    () => createQueue(minimalAdapter()).enqueue(task, {}, { runAt: "2026-12-24" as unknown as Date }),
    'The runAt, ms since the epoch or a Date, must be a whole number from 0 to 253402300799999; got "2026-12-24".',
  ],
  [
    "an input that was not awaited",
    () => createQueue(minimalAdapter()).enqueue(task, Promise.resolve({}) as never),
    "The input of task must be a value; got a promise, which must be awaited.",
  ],
  [
    "an input of several that was not awaited",
    () => createQueue(minimalAdapter()).enqueueMany([task.with(Promise.resolve({}) as never)]),
    "The input of task must be a value; got a promise, which must be awaited.",
  ],
  [
    "an adapter that was not awaited",
    () => createQueue(Promise.resolve(minimalAdapter()) as unknown as Adapter),
    "The adapter of createQueue must be what a function such as memory() returns; got a promise, which must be awaited.",
  ],
  [
    "a queue in place of an adapter",
    () => createQueue(createQueue(minimalAdapter()) as unknown as Adapter),
    "The adapter of createQueue must be what a function such as memory() returns; got object.",
  ],
  [
    "an answer that was not awaited, as a reference",
    () => createQueue(readable()).get(createQueue(minimalAdapter()).enqueue(task, {}) as unknown as string),
    "The id must be 1 to 200 ASCII letters, digits or _.:@/+=~$-; got a promise, which must be awaited.",
  ],
  [
    "a job after none",
    () => createQueue(minimalAdapter()).enqueue(task, {}, { after: [] } as never),
    "The after of task must be a list of 1 to 10000 jobs; got a list of 0.",
  ],
  [
    "several ids for one",
    () => createQueue(readable()).get(["a", "b"] as unknown as string),
    "The id must be 1 to 200 ASCII letters, digits or _.:@/+=~$-; got a list of 2.",
  ],
  [
    "two handlers of one definition",
    () => createWorker(minimalAdapter(), { handlers: [handle(task, () => {}), handle(task, () => {})] }),
    "There are two handlers of task: keep one.",
  ],
  [
    "two schedules of one name",
    () => {
      const nightly = schedule("nightly", every("1d"), task.with({}));
      return createWorker(scriptedBackend(manualTime().platform), { handlers: [], schedules: [nightly, nightly] });
    },
    "There are two schedules named nightly: keep one.",
  ],
];

test.each(mistaken)("%s is refused in words that help", async (_what, call, message) => {
  await expect((async () => call())()).rejects.toMatchObject({ name: "LongshoreError", message });
});

test("a handler that enqueues a definition, as a queue does, or nothing is told of requests", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  backend.claims.push([claimed("a")]);
  const told: unknown[] = [];
  const handler = handle(task, (_input, { enqueue }) => {
    for (const wrong of [task, undefined]) {
      try {
        enqueue(wrong as unknown as JobRequest);
      } catch (error) {
        told.push((error as Error).message);
      }
    }
  });
  const drained = createWorker(backend, { handlers: [handler], log: silent, platform }).drain();
  await pass(1);
  await drained;
  expect(told).toEqual([
    "The request to enqueue must be made by definition.with(input); got object.",
    "The request to enqueue must be made by definition.with(input); got undefined.",
  ]);
});

test("a schedule's function that forgot to return its request fails in words that help", async () => {
  const forgetful = schedule("nightly", every("1m"), (() => {}) as unknown as () => JobRequest);
  const planned = forgetful.plan({} as never, 60_000, { cursor: 0, nextAt: undefined });
  await expect(planned).rejects.toMatchObject({
    code: "invalid_schedule",
    message: "The request of nightly must be made by definition.with(input); got undefined.",
  });
});

test.each([
  ["snooze", () => snooze("1h")],
  ["retryAfter", () => retryAfter("1h", "busy")],
  ["nonRetryable", () => nonRetryable("closed")],
])("a handler that returns what %s makes has not completed its job", async (_name, make) => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  backend.claims.push([claimed("a")]);
  const drained = createWorker(backend, { handlers: [handle(task, make)], log: silent, platform }).drain();
  await pass(1);
  await drained;
  const message = "The handler of task returned what snooze, retryAfter or nonRetryable makes: throw it instead.";
  expect(backend.settled).toMatchObject([{ outcome: { type: "dead", failure: { message } } }]);
});

/** A definition that no compiler has seen. */
function defined(options: object): Definition {
  return (defineJob as (name: string, options: object) => Definition)("job", { input: z.object({}), ...options });
}

function readable(): Adapter & Inspect {
  return { ...minimalAdapter(), get: async () => [], list: async () => ({ jobs: [] }), counts: async () => [] };
}

test("an unknown option is answered with those that are near, or with all where none is", async () => {
  const { enqueue } = createQueue(minimalAdapter());
  const refused = (options: object) => enqueue(task, {}, options as never).catch((error: unknown) => error);
  expect(await refused({ dealy: "1s" })).toMatchObject({
    code: "invalid_option",
    message: "The option dealy of task is unknown; did you mean delay?",
  });
  const { message } = (await refused({ lifo: true })) as Error;
  expect(message).toMatch(/^The option lifo of task is unknown; valid: \w+(, \w+)+\.$/);
  expect(message).toContain("delay");
});

const backend = minimalAdapter();
/** Options of other libraries, where their users would write them. */
const foreign: readonly (readonly [option: string, call: (options: object) => unknown, advice: string])[] = [
  [
    "concurrency",
    (option) => createWorker(backend, { handlers: [], ...option }),
    "queues: { default: 10 } in createWorker",
  ],
  [
    "limiter",
    (option) => createWorker(backend, { handlers: [], ...option }),
    'throttle: { limit: 100, per: "1m" } in defineJob',
  ],
  ["attempts", (option) => createQueue(backend, option), "retry: exponential({ attempts: 5 }) in defineJob"],
  ["retryLimit", (option) => defineQueue("mails", option as never), "retry: exponential({ attempts: 5 }) in defineJob"],
  ["backoff", defined, "retry: exponential({ attempts: 5 }) in defineJob"],
  ["removeOnComplete", defined, "keep: 0 in defineJob"],
  ["jobId", (option) => createQueue(backend).enqueue(task, {}, option), "id in enqueue"],
  ["singletonKey", (option) => createQueue(backend).enqueue(task, {}, option), "unique: { key } in defineJob"],
  ["startAfter", (option) => task.with({}, option), 'delay: "1m" in enqueue'],
  ["repeat", (option) => task.with({}, option), "schedules: [schedule(name, rule, request)] in createWorker"],
];

test.each(foreign)(
  "an option %s of another library is answered with what to write here",
  async (name, call, advice) => {
    const refused = async () => call({ [name]: 10 });
    await expect(refused()).rejects.toMatchObject({
      code: "invalid_option",
      message: expect.stringMatching(`^The option ${name} of [\\w ]+ is unknown; write `) as unknown,
    });
    await expect(refused()).rejects.toThrow(`; write ${advice}.`);
  },
);

test("what is near among the options that there are comes first, and what every object has is no other name", () => {
  expect(() => exponential({ maxAttempts: 5 } as never)).toThrow("did you mean attempts?");
  expect(() => defined({ toString: 5 })).not.toThrow("write");
});
