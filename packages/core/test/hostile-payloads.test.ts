import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ClaimedJob } from "../src/adapter.ts";
import { type JobEvent, type Metadata, createQueue, createWorker, defineJob, handle, jsonLines } from "../src/index.ts";
import { LINEAR, growth } from "./growth-of-cost.ts";
import { claimed, scriptedBackend, silent, manualTime } from "./scripted-backend.ts";
import { inherited } from "./prototypes.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { untyped } from "./untyped-callers.ts";

const anything = defineJob("task", { input: z.any() });
const roomy = { maxPayloadBytes: 100_000_000 };
const untouched = inherited();

/** The payload that an input becomes; undefined where it is refused as one. */
async function stored(input: unknown): Promise<string | undefined> {
  const adapter = minimalAdapter(roomy);
  const code = await codeOf(() => createQueue(adapter).enqueue(anything, input));
  expect([undefined, "invalid_payload"]).toContain(code);
  expect(adapter.sent).toHaveLength(code === undefined ? 1 : 0);
  return adapter.sent[0]?.payload;
}

type Seen = {
  readonly inputs: unknown[];
  readonly metadata: Metadata[];
  readonly events: JobEvent[];
  readonly log: string;
};

/** What a worker makes of delivered jobs, and how it settles them. */
async function run(jobs: readonly ClaimedJob[]): Promise<Seen & { readonly outcomes: Record<string, string[]> }> {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const inputs: unknown[] = [];
  const metadata: Metadata[] = [];
  const events: JobEvent[] = [];
  const lines: string[] = [];
  const tell = (entry: object): void => void lines.push(Object.values(entry).join());
  const toLine = jsonLines((line) => lines.push(line));
  const handler = handle(anything, (input, context) => {
    inputs.push(input);
    metadata.push(context.metadata);
  });
  const worker = createWorker(backend, {
    handlers: [handler],
    onEvent: (event) => (events.push(event), toLine(event)),
    log: { debug: tell, info: tell, warn: tell, error: tell },
    platform,
  });
  const running = worker.run(jobs);
  await pass(1);
  expect(await running).toMatchObject({ claimed: jobs.length });
  const outcomes: Record<string, string[]> = {};
  for (const { id, outcome } of backend.settled) (outcomes[id] ??= []).push(outcome.type);
  return { inputs, metadata, events, log: lines.join("\n"), outcomes };
}

describe("any JSON value", () => {
  test.each([
    ["X16: a key named __proto__", JSON.parse('{"__proto__":{"admin":true}}'), '{"__proto__":{"admin":true}}'],
    [
      "X16: keys of an object's own making",
      { constructor: 1, toString: 2, valueOf: 3 },
      '{"constructor":1,"toString":2,"valueOf":3}',
    ],
    ["X23: a zero below zero", -0, "0"],
    ["X23: a number that is rounded", 2 ** 53 + 1, "9007199254740992"],
    ["X25: null", null, "null"],
    ["X25: a list", [], "[]"],
    ["X25: a text", "str", '"str"'],
    ["lone surrogates", "\ud800", '"\\ud800"'],
    ["what ends a C string", "a\0b", '"a\\u0000b"'],
    ["lines of Unicode's own", "\u2028", '"\u2028"'],
    ["properties that are undefined, which are absent", { a: undefined, b: [{ c: undefined }] }, '{"b":[{}]}'],
    ["a getter, whose value is taken", Object.defineProperty({}, "a", { get: () => 1, enumerable: true }), '{"a":1}'],
    [
      "what is not enumerable, which is no part of what is said",
      Object.defineProperties({ a: 1 }, { b: { value: 2 }, [Symbol("s")]: { value: 3 } }),
      '{"a":1}',
    ],
    // To look for them would cost as much again as to write a list: what a list is named by is its places.
    ["a list with a name of its own, which is left out", Object.assign([1], { index: 0 }), "[1]"],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ["an object of another realm", runInNewContext("({ a: [1, { b: 2 }] })"), '{"a":[1,{"b":2}]}'],
  ])("such as %s is stored as JSON says", async (_what, input, payload) => {
    expect(await stored(input)).toBe(payload);
  });
});

describe("any other value", () => {
  const trap = (): never => {
    throw new Error("a trap");
  };
  const refusesAll = new Proxy({}, { get: trap, ownKeys: trap, has: trap, getPrototypeOf: trap });
  const cyclic: unknown[] = [];
  cyclic.push({ cyclic });
  const hostile: Record<string, unknown> = {
    undefined,
    "a function": trap,
    "a symbol": Symbol("s"),
    "a bigint": 1n,
    "a bigint deep inside": [{ a: [1n] }],
    "a cycle": cyclic,
    "a getter that throws": Object.defineProperty({}, "a", { get: trap, enumerable: true }),
    "a Proxy that throws": refusesAll,
    "a Proxy that was revoked": revoked(),
    "a toJSON that throws": { toJSON: trap },
    "a toJSON that tells something else": { toJSON: () => ({ admin: true }) },
    "X23: a number that is infinite": Infinity,
    "X23: what is no number": { a: [1, Number.NaN] },
    "undefined in a list": { a: [1, undefined] },
    "a hole in a list": Object.assign([], { 1: 1 }),
    "a Date": { a: [{ at: new Date(0) }] },
    "a Date of another realm": runInNewContext("({ at: new Date(0) })"),
    "a Map": { a: new Map([[1, 2]]) },
    "a Set": [new Set()],
    "a boxed number": { a: Object(1) },
    bytes: new Uint8Array(2),
    "an instance of a class": {
      a: new (class Account {
        balance = 1;
      })(),
    },
    "what inherits": Object.create({ admin: true }),
    "a key that is a symbol": { a: [{ [Symbol("s")]: 1 }] },
  };

  test.each(Object.entries(hostile))("such as %s is refused as a payload", async (_what, input) => {
    expect(await stored(input)).toBeUndefined();
  });

  test("is refused, or stored as JSON that does not change any more", async () => {
    const kept = fc.asyncProperty(untyped, async (input) => {
      const payload = await stored(input);
      expect(payload === undefined || JSON.stringify(JSON.parse(payload)) === payload).toBe(true);
    });
    await fc.assert(kept, { numRuns: 1_000 });
  });

  test.each(Object.entries(hostile))(
    "such as %s is dead at once as a result, and hurts no other",
    async (what, result) => {
      const { platform, pass } = manualTime();
      const backend = scriptedBackend(platform);
      const answering = defineJob("task", { input: z.any(), output: z.any() });
      const answers: Record<string, () => unknown> = {
        alone: () => result,
        inside: () => [result],
        fine: () => "fine",
        thrown: () => Promise.reject(result),
      };
      const handler = handle(answering, (_input, { id }) => answers[id]?.());
      const worker = createWorker(backend, { handlers: [handler], log: silent, platform });
      const running = worker.run(Object.keys(answers).map(claimed));
      await pass(1);
      expect(await running).toMatchObject({ claimed: 4 });
      const settled = Object.fromEntries(backend.settled.map(({ id, outcome }) => [id, outcome]));
      // A promise cannot even hold some: there the handler has failed, and has no result.
      const alone = what === "undefined" ? "complete" : what.startsWith("a Proxy") ? "retry" : "dead";
      expect(settled).toMatchObject({
        alone: { type: alone },
        inside: { type: "dead" },
        fine: { type: "complete", result: '"fine"' },
        thrown: { type: "retry" },
      });
    },
  );
});

test("X20: lists 100 000 deep are refused or stored as they are: some runtimes need a stack for them, and some do not", async () => {
  const text = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  expect([undefined, text]).toContain(await stored(JSON.parse(text)));
  const { outcomes } = await run([{ ...claimed("deep"), payload: text }, claimed("flat")]);
  expect(outcomes).toEqual({ deep: ["complete"], flat: ["complete"] });
});

test("X21: a million keys are refused by their size, in linear time", async () => {
  const keys = (size: number): object => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]));
  expect(await codeOf(() => createQueue(minimalAdapter()).enqueue(anything, keys(1_000_000)))).toBe(
    "payload_too_large",
  );
  const times = growth(2_000, (size) => stored(keys(size)));
  expect(times).toBeLessThan(LINEAR);
});

describe("any metadata", () => {
  const name = fc.oneof(
    fc.stringMatching(/^[a-zA-Z\d][\w.-]{0,99}$/),
    fc.constantFrom("constructor", "toString", "hasOwnProperty", "v", "m.v", "then"),
  );

  test("that are taken reach the handler and the events as they were", async () => {
    const metadata = fc.dictionary(name, fc.string({ unit: "binary", maxLength: 256 }), { maxKeys: 16 });
    const roundTrip = fc.asyncProperty(metadata, async (given) => {
      const adapter = minimalAdapter();
      // Its length counts units, of which some characters have two.
      const fits = Object.values(given).every((text) => text.length <= 256);
      const code = await codeOf(() => createQueue(adapter).enqueue(anything, 1, { metadata: given }));
      expect(code).toBe(fits ? undefined : "invalid_option");
      if (!fits) return;
      const { metadata: seen, events } = await run([{ ...claimed("a"), headers: adapter.sent[0]?.headers ?? {} }]);
      const told = events.flatMap((event) => ("job" in event ? [event.job.metadata] : []));
      expect([...seen, ...told]).toEqual([given, given, given]);
    });
    await fc.assert(roundTrip, { numRuns: 300 });
  });
});

describe("stored garbage", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.constantFrom(
      "",
      "{",
      "undefined",
      "NaN",
      "1e400",
      "\ufeff{}",
      "[".repeat(100_000),
      '{"__proto__":{"admin":true}}',
    ),
    untyped,
  );
  const headers = fc.oneof(
    untyped,
    fc.dictionary(fc.constantFrom("v", "m.a", "m.__proto__", "__proto__"), fc.oneof(untyped, fc.constant("1"))),
  );

  test("fails its own job, and neither the worker nor the neighbours", async () => {
    const survived = fc.asyncProperty(
      fc.oneof(text, fc.constant("{}")),
      fc.oneof(headers, fc.constant({ v: "1" })),
      async (payload, odd) => {
        const bad = { ...claimed("bad"), payload, headers: odd } as ClaimedJob;
        const { outcomes } = await run([claimed("before"), bad, claimed("after")]);
        expect(outcomes).toEqual({ before: ["complete"], bad: [expect.any(String)], after: ["complete"] });
      },
    );
    await fc.assert(survived, { numRuns: 500 });
  });
});

test("X48: a refusal does not quote the payload that it is about", async () => {
  const strict = defineJob("strict", { input: z.object({ card: z.number() }) });
  const big = "canary".repeat(1_000);
  for (const call of [
    () => createQueue(minimalAdapter()).enqueue(strict, JSON.parse('{"card":"canary"}')),
    () => createQueue(minimalAdapter()).enqueue(anything, { big }),
    () => createQueue(minimalAdapter()).enqueue(anything, { card: ["canary", 1n, new Map([["canary", "canary"]])] }),
  ]) {
    const error: unknown = await call().then(
      () => "taken",
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toMatch(/^LongshoreError: /);
    expect(String(error)).not.toContain("canary");
  }
});

test("nothing of this has changed what objects inherit", () => {
  expect(inherited()).toEqual(untouched);
  expect(Reflect.get({}, "admin")).toBeUndefined();
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
