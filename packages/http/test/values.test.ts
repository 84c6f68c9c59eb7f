import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Verb, serve } from "../src/index.ts";
import { VERBS, everything } from "./everything.ts";

/** The calls that have passed every check. */
const reached: unknown[] = [];
const store = memory();
const observed = Object.fromEntries(
  Object.entries(store).map(([key, value]) => [
    key,
    typeof value !== "function"
      ? value
      : (...input: never[]) => {
          reached.push([key, input]);
          return (value as (...input: never[]) => unknown).apply(store, input);
        },
  ]),
) as unknown as typeof store;
const handler = serve(observed, { authorize: () => everything });

/** The answer to arguments as JSON text, because some values have no other form. */
async function call(verb: Verb, json: string): Promise<readonly [number, string]> {
  const headers = { "content-type": "application/json" };
  const response = await handler(new Request(`https://host/jobs/${verb}`, { method: "POST", body: json, headers }));
  const { error } = (await response.json()) as { readonly error?: { readonly code: string } };
  return [response.status, error?.code ?? ""];
}

const job = {
  id: "a",
  name: "work",
  queue: "default",
  payload: "{}",
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
};
const limited = { ...job, limits: { queue: 2, key: "n:default:work:1", running: 1 }, startWithinMs: 1 };
const linked = { ...job, after: { jobs: [{ id: "b", partition: "p" }], onFailed: "run" } };
const throttled = { ...job, limits: { key: "q:default:", rate: { everyMs: 0.5, burst: 1 } } };
const ordered = { ...job, limits: { key: "n:default:work:1", running: 1, ordered: true } };
const keyed = { ...job, unique: { key: "s:1", on: "debounce", forMs: 1, maxWaitMs: 1 } };
const lease = { id: "a", token: 1 };
const step = { name: "s", rule: "r", from: 0, to: 1, nextAt: 2, job };
/** A right call of each verb. */
const right: Readonly<Record<Exclude<Verb, "onWake" | "stats">, readonly unknown[]>> = {
  enqueue: [[keyed, limited, linked]],
  settle: [[{ ...lease, outcome: { type: "retry", delayMs: 0, failure: { message: "m" } }, next: [job] }]],
  claim: [{ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000 }],
  renew: [[lease], 1_000],
  dueInMs: [{ queues: ["default"], schedules: [{ name: "s", rule: "r" }] }],
  get: [[{ id: "a", partition: "p" }]],
  list: [{ state: ["dead", "failed"], queue: "default", name: "work", limit: 1, cursor: "c" }],
  counts: [["dead"]],
  depth: ["default"],
  cancel: [[{ id: "a" }]],
  replay: [[{ id: "a" }]],
  runNow: [[{ id: "a" }]],
  remove: [[{ id: "a" }]],
  release: [[{ key: "s:1", partition: "p" }]],
  update: [[{ id: "a", name: "work", data: { payload: "1", headers: { v: "1" } }, priority: 1, due: { inMs: 5 } }]],
  pause: ["default"],
  pauseFor: ["default", 1_000],
  resume: ["default"],
  prune: [1],
  declare: [[{ name: "s", rule: "r" }]],
  advance: [[step]],
  listSchedules: [{ limit: 1, after: { name: "s", rule: "r" } }],
  announce: [{ id: "w", slots: 1, busy: 0 }, 1_000],
  workers: [],
};
const verbs = Object.keys(right) as (keyof typeof right)[];

/** Every place in a value where there is something else than a list or an object. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** The value as JSON, with other JSON at one place. */
function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], json: string): string {
  if (key === undefined) return json;
  const parts = Object.entries(value as object).map(([name, inner]) => [
    name,
    name === key ? replaced(inner, rest, json) : JSON.stringify(inner),
  ]);
  if (Array.isArray(value)) return `[${parts.map(([, text]) => text).join()}]`;
  return `{${parts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
}

test.each(verbs)("%s takes what the contract says", async (verb) => {
  reached.length = 0;
  expect(await call(verb, JSON.stringify(right[verb]))).toEqual([200, ""]);
  expect(reached).toEqual([[verb, right[verb]]]);
});

test("list takes one state without a list, and a direction", async () => {
  reached.length = 0;
  const input = [{ state: "dead", descending: true, limit: 1 }];
  expect(await call("list", JSON.stringify(input))).toEqual([200, ""]);
  expect(reached).toEqual([["list", input]]);
});

/** Nowhere right: neither as a text, nor as a number, nor as anything else. */
const BAD = ["-1e9", "1e400", "0.5", "true", "{}", "[]", '{"toString":1}', '{"__proto__":{"admin":true}}'];

test.each(verbs)("%s refuses, at every place, what belongs nowhere", async (verb) => {
  reached.length = 0;
  const long = JSON.stringify("x".repeat(1_100_000));
  for (const path of leaves(right[verb])) {
    for (const bad of [...BAD, long, "[".repeat(5_000) + "]".repeat(5_000)]) {
      const [status, code] = await call(verb, replaced(right[verb], path, bad));
      const statuses = /^(payload|batch)_too_large$/.test(code) ? [413] : [400, 422];
      expect(statuses, `the status for ${bad.slice(0, 40)} as ${path.join(".")}`).toContain(status);
      expect(code).toMatch(/^(invalid_\w+|\w+_too_\w+)$/);
    }
  }
  expect(reached).toEqual([]);
  expect(Reflect.get({}, "admin")).toBeUndefined();
});

test.each<[string, keyof typeof right, unknown, string]>([
  ["1 001 jobs", "enqueue", [Array.from({ length: 1_001 }, () => job)], "batch_too_large"],
  [
    "101 follow-ups",
    "settle",
    [[{ ...lease, outcome: { type: "complete" }, next: Array.from({ length: 101 }, () => job) }]],
    "batch_too_large",
  ],
  ["a limit of a billion", "claim", [{ queues: [{ name: "a", limit: 1e9 }], leaseMs: 1_000 }], "invalid_option"],
  [
    "limits that are too many together",
    "claim",
    [{ queues: Array.from({ length: 11 }, () => ({ name: "a", limit: 1_000 })), leaseMs: 1_000 }],
    "invalid_option",
  ],
  ["an age of nothing", "claim", [{ queues: [], leaseMs: 1_000, priorityAgeMs: 0 }], "invalid_option"],
  ["an age that is text", "claim", [{ queues: [], leaseMs: 1_000, priorityAgeMs: "10m" }], "invalid_option"],
  ["a lease of a year", "claim", [{ queues: [], leaseMs: 31_536_000_000 }], "invalid_option"],
  ["a page of everything", "list", [{ limit: 1e9 }], "invalid_option"],
  ["a state of another word", "list", [{ limit: 1, state: "deadd" }], "invalid_option"],
  ["more states than there are", "list", [{ limit: 1, state: Array(21).fill("dead") }], "batch_too_large"],
  ["a direction in words", "list", [{ limit: 1, descending: "yes" }], "invalid_option"],
  ["a cursor of markup", "list", [{ limit: 1, cursor: "<script>" }], "invalid_cursor"],
  ["an id of a megabyte", "get", [[{ id: "x".repeat(1e6) }]], "invalid_id"],
  ["a token of an object", "renew", [[{ id: "a", token: { valueOf: 1 } }], 1_000], "invalid_option"],
  ["a payload with half a character", "enqueue", [[{ ...job, payload: '"\ud800"' }]], "invalid_option"],
  ["an outcome of none", "settle", [[{ ...lease, outcome: { type: "constructor" } }]], "invalid_option"],
  ["headers that are no texts", "enqueue", [[{ ...job, headers: { v: 1 } }]], "invalid_option"],
  [
    "too many headers",
    "enqueue",
    [[{ ...job, headers: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`h${i}`, ""])) }]],
    "invalid_option",
  ],
  ["a due time of both kinds", "enqueue", [[{ ...job, due: { at: "soon", inMs: 1 } }]], "invalid_option"],
  ["a due time after all dates", "enqueue", [[{ ...job, due: { at: 1e300 } }]], "invalid_option"],
  ["a place for none", "enqueue", [[{ ...limited, limits: { key: "k", running: 0 } }]], "invalid_option"],
  [
    "a rate without time",
    "enqueue",
    [[{ ...job, limits: { key: "k", rate: { everyMs: 0, burst: 1 } } }]],
    "invalid_option",
  ],
  [
    "a burst of none",
    "enqueue",
    [[{ ...job, limits: { key: "k", rate: { everyMs: 1, burst: 0 } } }]],
    "invalid_option",
  ],
  ["an order in words", "enqueue", [[{ ...job, limits: { key: "k", running: 1, ordered: "yes" } }]], "invalid_option"],
  ["no order", "enqueue", [[{ ...job, limits: { key: "k", running: 1, ordered: false } }]], "invalid_option"],
  ["an order without a key", "enqueue", [[{ ...job, limits: { running: 1, ordered: true } }]], "invalid_option"],
  ["an order of two at a time", "enqueue", [[{ ...job, limits: { ...ordered.limits, running: 2 } }]], "invalid_option"],
  ["an order of any number", "enqueue", [[{ ...job, limits: { key: "k", ordered: true } }]], "invalid_option"],
  [
    "an order with a rate",
    "enqueue",
    [[{ ...job, limits: { ...ordered.limits, rate: { everyMs: 1, burst: 1 } } }]],
    "invalid_option",
  ],
  ["parents of a job with a unique key", "enqueue", [[{ ...keyed, after: linked.after }]], "invalid_option"],
  ["a queue without room for one", "enqueue", [[{ ...job, maxDepth: 0 }]], "invalid_option"],
  ["a pause of centuries", "pauseFor", ["default", 1e13], "invalid_option"],
  ["a unique key that is too long", "release", [[{ key: "x".repeat(701) }]], "invalid_option"],
  ["a unique key for another end", "enqueue", [[{ ...keyed, unique: { key: "s:1", on: "drop" } }]], "invalid_option"],
])("%s is refused", async (_, verb, input, code) => {
  reached.length = 0;
  expect((await call(verb, JSON.stringify(input)))[1]).toBe(code);
  expect(reached).toEqual([]);
});

test("a rate may have a fraction, and a key an order", async () => {
  reached.length = 0;
  expect(await call("enqueue", JSON.stringify([[throttled, ordered]]))).toEqual([200, ""]);
  expect(reached).toEqual([["enqueue", [[throttled, ordered]]]]);
});

test.each([
  ["uniqueKeys", keyed],
  ["limits", limited],
  ["throttle", throttled],
  ["order", ordered],
  ["dependencies", linked],
  ["expiry", { ...job, startWithinMs: 1 }],
  ["depth", { ...job, maxDepth: 1 }],
])("a store without the trait %s is passed no such job, wherever it comes from", async (trait, special) => {
  const { release: _release, pauseFor: _pauseFor, depth: _depth, ...lacking } = observed;
  const traits = { ...store.traits, [trait]: undefined };
  const other = serve({ ...lacking, traits }, { authorize: () => everything });
  reached.length = 0;
  const calls = {
    enqueue: [[special]],
    settle: [[{ ...lease, outcome: { type: "complete" }, next: [special] }]],
    advance: [[{ ...step, job: special }]],
    release: [[{ key: "s:1" }]],
    pauseFor: ["default", 1_000],
    depth: ["default"],
  };
  for (const [verb, input] of Object.entries(calls)) {
    const headers = { "content-type": "application/json" };
    const request = new Request(`https://host/jobs/${verb}`, { method: "POST", body: JSON.stringify(input), headers });
    expect(await (await other(request)).json()).toMatchObject({ error: { code: "invalid_request" } });
  }
  expect(reached).toEqual([]);
});

test("the age of a claim gets through to a store that knows it, and to no other", async () => {
  const claim = [{ queues: [{ name: "default", limit: 1 }], leaseMs: 1_000, priorityAgeMs: 60_000 }];
  reached.length = 0;
  expect(await call("claim", JSON.stringify(claim))).toEqual([200, ""]);
  expect(reached).toEqual([["claim", claim]]);
  const other = serve({ ...observed, traits: { ...store.traits, ageing: undefined } }, { authorize: () => everything });
  const headers = { "content-type": "application/json" };
  const request = new Request("https://host/jobs/claim", { method: "POST", body: JSON.stringify(claim), headers });
  expect(await (await other(request)).json()).toMatchObject({ error: { code: "invalid_request" } });
  expect(reached).toHaveLength(1);
});

test("properties that the contract does not know do not get through", async () => {
  reached.length = 0;
  const json = JSON.stringify([[job]]).replace('"id"', '"__proto__":{"admin":true},"constructor":1,"extra":1,"id"');
  expect(await call("enqueue", json)).toEqual([200, ""]);
  expect(reached).toEqual([["enqueue", [[job]]]]);
});

test("any JSON to any verb is answered by a call or a refusal, never by a failure", async () => {
  const input = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.array(fc.array(fc.jsonValue())));
  const property = fc.asyncProperty(fc.constantFrom(...VERBS), input, async (verb, value) => {
    if (verb === "onWake") return;
    expect((await call(verb, JSON.stringify(value)))[0]).toBeOneOf([200, 400, 413, 422]);
  });
  await fc.assert(property, { numRuns: 500 });
});
