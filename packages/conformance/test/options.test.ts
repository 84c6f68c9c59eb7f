import {
  LongshoreError,
  type Schema,
  createQueue,
  createWorker,
  defineJob,
  exponential,
  fixed,
  handle,
  linear,
  systemPlatform,
} from "@longshore/core";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const anything: Schema<unknown> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};

/** Mostly what an option takes, at the edge of it, and now and then what it does not. */
const edges = (...right: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(undefined, ...right) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(-1, Number.NaN, Infinity, "2", null, {}) },
  );
const some = <T extends Record<string, fc.Arbitrary<unknown>>>(options: T) => fc.record(options, { requiredKeys: [] });

const span = edges(1, 100, 1_000, "1s", "1h");
const any = edges(0, 1, 100, 1_000, "1s", "1h");
const count = edges(0, 1, 1_000);
const shared = { attempts: edges(1, 2, 1_000_000), jitter: edges(0, 1), maxElapsed: edges("2s", "1h") };
const growing = { ...shared, first: any, max: edges("1h", "1d") };
const retry = fc.oneof(
  some({ ...growing, factor: edges(1, 4) }).map((options) => () => exponential(options as object)),
  some({ ...growing, step: any }).map((options) => () => linear(options as object)),
  some({ ...shared, delay: any }).map((options) => () => fixed(options as never)),
);
const combinations = fc.record({
  store: some({ lease: edges(100, "1s", "1h"), maxKept: count, deadKeep: any, maxDead: count }),
  retry: fc.option(retry, { nil: undefined }),
  job: some({ timeout: span, keep: any, priority: edges(0, 9) }),
  request: some({ delay: edges(0, 1, 1_000, "1s"), priority: edges(0, 9), id: edges("a"), partition: edges("p") }),
  runAt: fc.option(edges(0, 1_000_500), { nil: undefined }),
  queue: fc.constantFrom("default", "mail"),
  slots: fc.option(edges(1, 1_000), { nil: undefined }),
  poll: any,
  priorityAge: any,
  others: fc.boolean(),
});

test("any combination of options is refused by our error, or runs a job to its end", async () => {
  let ran = 0;
  const property = fc.asyncProperty(combinations, async (given) => {
    let now = 1_000_000;
    const clock = (): number => now;
    // Nothing is ever late: what does not run would not run on any machine.
    const platform = { ...systemPlatform, now: clock, monotonic: () => 0, timer: () => () => {} };
    let made;
    try {
      const definition = defineJob("job", {
        input: anything,
        queue: given.queue,
        ...given.job,
        retry: given.retry?.(),
      } as never);
      const adapter = memory({ clock, ...given.store } as object);
      const queues =
        given.slots === undefined ? undefined : { [given.queue]: given.slots, ...(given.others && { other: 1 }) };
      const worker = createWorker(adapter, {
        platform,
        queues,
        poll: given.poll,
        priorityAge: given.priorityAge,
        handlers: [handle(definition, () => {})],
      } as never) as ReturnType<typeof createWorker<typeof adapter>>;
      await createQueue(adapter, { platform }).enqueue(definition, {}, {
        ...given.request,
        runAt: given.runAt,
      } as object);
      made = worker;
    } catch (error) {
      if (error instanceof LongshoreError) return;
      throw error;
    }
    now += 1_000;
    expect(await made.drain()).toMatchObject({ claimed: 1, completed: 1 });
    ran++;
  });
  await fc.assert(property, { numRuns: 2_000 });
  expect(ran).toBeGreaterThan(200);
});
