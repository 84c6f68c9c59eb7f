import { type Logger, handle } from "@longshore/core";
import {
  type Meter,
  ROOT_CONTEXT,
  type Span,
  type TextMapPropagator,
  type Tracer,
  context,
  diag,
} from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { meterEvents } from "../src/index.ts";
import { recorder } from "./recorder.ts";
import { greet, report, setting } from "./setting.ts";

const broken = (): never => {
  throw new Error("broken");
};
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Every method of it throws. */
function brokenAll<T extends object>(): T {
  return new Proxy({}, { get: () => broken }) as T; // nothing of it works, whatever it should be
}
const brokenSpans: Tracer = { startSpan: () => brokenAll<Span>(), startActiveSpan: broken };

afterEach(() => {
  context.disable();
  diag.disable();
});

/** A whole life: a batch, a failure, a retry, a follow-up job; answers how the jobs ended. */
async function life(tracer: Tracer, propagator: TextMapPropagator, onEvent = (): void => {}): Promise<string[]> {
  const greeting = handle(greet, (_, { attempt, enqueue }) => {
    if (attempt === 1) throw new Error("not yet");
    enqueue(report.with({ day: "today" }));
  });
  const all = setting({ tracer, propagator, logger: brokenLogger }, [greeting, handle(report, () => {})], {
    onEvent,
    log: silent,
  });
  await all.queue.enqueue(greet, { userId: 1 });
  await all.queue.enqueueMany([greet.with({ userId: 2 })]);
  for (let i = 0; i < 3; i++) {
    await all.worker.drain();
    all.pass(60_000);
  }
  return (await all.queue.list()).jobs.map(({ name, state }) => `${name} ${state}`).toSorted();
}

const WELL = ["greet completed", "greet completed", "report completed", "report completed"];
const working = recorder().options.tracer ?? brokenSpans;
const brokenLogger = { emit: broken };
const carrying = recorder().options.propagator ?? brokenAll<TextMapPropagator>();

test.each<[string, Tracer, TextMapPropagator]>([
  ["a tracer that throws", brokenAll<Tracer>(), carrying],
  ["spans that throw", brokenSpans, carrying],
  ["a propagator that throws", working, brokenAll<TextMapPropagator>()],
  ["everything that throws", brokenAll<Tracer>(), brokenAll<TextMapPropagator>()],
])("%s harms no job", async (_, tracer, propagator) => {
  expect(await life(tracer, propagator)).toEqual(WELL);
});

test("a meter that throws harms no job", async () => {
  const onEvent = meterEvents({ meter: brokenAll<Meter>() });
  const heard: unknown[] = [];
  const listener = (...event: Parameters<typeof onEvent> | []): void => {
    if (event[0] !== undefined) heard.push(onEvent(event[0]));
  };
  expect(await life(working, carrying, listener)).toEqual(WELL);
  expect(heard.length).toBeGreaterThan(0);
});

test.each(["before", "after"])("a context manager that throws %s it called runs no handler twice", async (when) => {
  context.setGlobalContextManager({
    active: () => ROOT_CONTEXT,
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
    with(_, call, ...[self, ...args]) {
      if (when === "after") call.call(self as never, ...args);
      return broken();
    },
  });
  expect(await life(working, carrying)).toEqual(WELL);
});

test("what could not be recorded is told to the API's diagnostics, and a logger there may throw as well", async () => {
  const told: string[] = [];
  const warn = (message: string): void => {
    told.push(message);
    broken();
  };
  diag.setLogger({ error: broken, warn, info() {}, debug() {}, verbose() {} });
  expect(await life(brokenAll<Tracer>(), carrying)).toEqual(WELL);
  expect(told[0]).toContain("could not record");
});

test("whatever a handler throws, its attempt is an error", async () => {
  const hostile = new Proxy(new Error("no"), { get: broken, getPrototypeOf: broken });
  const thrown = [null, undefined, 7, hostile, Object.create(null), Object.assign(new Error("no"), { name: 7 })];
  for (const value of thrown) {
    const { options, consumer } = recorder();
    const failing = handle(greet, () => {
      throw value;
    });
    const { queue, worker } = setting({ ...options, recordMessages: true }, [failing], { log: silent });
    const { id } = await queue.enqueue(greet, { userId: 1 });
    await worker.drain();
    expect((await queue.get(id))?.state).toBe("failed");
    expect(consumer().attributes).toMatchObject({ "error.type": expect.any(String) });
  }
});
