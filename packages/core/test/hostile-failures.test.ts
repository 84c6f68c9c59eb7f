import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Failure } from "../src/adapter.ts";
import { createWorker, handle } from "../src/index.ts";
import { LINEAR, growth } from "./growth-of-cost.ts";
import { claimed, scriptedBackend, silent, task, manualTime } from "./scripted-backend.ts";
import { inherited } from "./prototypes.ts";
import { untyped } from "./untyped-callers.ts";

const untouched = inherited();
const MOST_BYTES = 4_096;

/** What becomes of a job whose handler throws this. */
async function failureOf(thrown: unknown): Promise<Failure> {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const handler = handle(task, (_input, { id }) => {
    if (id === "bad") throw thrown;
  });
  const worker = createWorker(backend, { handlers: [handler], log: silent, platform });
  const running = worker.run([claimed("bad"), claimed("good")]);
  await pass(1);
  expect(await running).toMatchObject({ claimed: 2, completed: 1, failed: 1 });
  const outcome = backend.settled.find(({ id }) => id === "bad")?.outcome;
  if (outcome?.type !== "retry") throw new Error(`it was settled as ${outcome?.type}`);
  return outcome.failure;
}

function expectSafe({ message, stack = "" }: Failure): void {
  expect([typeof message, typeof stack]).toEqual(["string", "string"]);
  const bytes = new TextEncoder().encode(message + stack);
  expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES);
  expect(new TextDecoder().decode(bytes)).toBe(message + stack);
}

const trap = (): never => {
  throw new Error("a trap");
};
const trapped = fc.constantFrom("message", "stack", "name", "cause", "code", "delayMs", "toString", "constructor");
const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "binary", minLength: 900, maxLength: 5_000 }));

describe("F29: whatever a handler throws", () => {
  test("the job fails with a short text that is whole, and its neighbour does not", async () => {
    // Made by the property, because what generates values would step into the traps.
    const made = fc.tuple(text, fc.dictionary(trapped, fc.oneof(untyped, text))).map(([message, parts]) => () => {
      const error = new Error(message);
      // As data: an assignment could meet a setter.
      for (const [key, value] of Object.entries(parts))
        Object.defineProperty(error, key, { value, configurable: true });
      return error;
    });
    const trapping = trapped.map((key) => () => Object.defineProperty(new Error("x"), key, { get: trap }));
    const proxied = fc
      .constantFrom("get", "getPrototypeOf", "ownKeys", "has", "getOwnPropertyDescriptor")
      .map((name) => () => new Proxy(new Error("x"), { [name]: trap }));
    const plain = fc.oneof(untyped, text).map((value) => () => value);
    const failed = fc.asyncProperty(fc.oneof(plain, made, trapping, proxied), async (make) =>
      expectSafe(await failureOf(make())),
    );
    await fc.assert(failed, { numRuns: 1_000 });
  });

  test.each(["a", "\0", "\ud800", "€", "👩‍👩‍👧", '"', "\n"])(
    "a text of any length costs linear work: %j over and over",
    async (unit) => {
      expectSafe(await failureOf(new Error(unit.repeat(1_000_000))));
      expectSafe(await failureOf({ unit: unit.repeat(1_000_000) }));
      const times = growth(20_000, (size) => failureOf({ message: unit.repeat(size) }));
      expect(times).toBeLessThan(LINEAR);
    },
  );
});

test("no failure has changed what objects inherit", () => {
  expect(inherited()).toEqual(untouched);
});
