import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { describeFailure } from "../src/values/failure.ts";

const hostileProxy = new Proxy(
  {},
  {
    get() {
      throw new Error("trap");
    },
    getPrototypeOf() {
      throw new Error("trap");
    },
  },
);
const throwingGetter = Object.defineProperty(new Error("hidden"), "message", {
  get() {
    throw new Error("getter");
  },
});
const circularCause = new Error("circular");
circularCause.cause = circularCause;

const thrown: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
  ["an error", new Error("plain"), /^plain$/],
  ["an error without a message", new TypeError(), /^TypeError$/],
  ["null", null, /^null$/],
  ["undefined", undefined, /^undefined$/],
  ["a number", 7, /^7$/],
  ["a symbol", Symbol("s"), /^Symbol\(s\)$/],
  ["a text", "text", /^text$/],
  ["an object", { code: 7 }, /^\{"code":7\}$/],
  ["a thrown answer", new Response("no", { status: 503 }), /^\[object Response\], status 503$/],
  ["an object with a status", { status: 503, why: "busy" }, /^\{"status":503,"why":"busy"\}$/],
  ["an object without anything", {}, /^\{\}$/],
  ["an object whose toJSON throws", { toJSON: () => hostileProxy["x" as never] }, /^unreadable error$/],
  ["a Proxy that refuses everything", hostileProxy, /^unreadable error$/],
  ["an error whose message throws", throwingGetter, /^unreadable error$/],
  ["a circular cause", circularCause, /^circular$/],
  [
    "an error with causes",
    new Error("a", { cause: new Error("b", { cause: "c" }) }),
    /^a \(caused by: b \(caused by: c\)\)$/,
  ],
  ["an error of many", new AggregateError([new Error("a"), "b"], "all failed"), /^all failed \(a; b\)$/],
  [
    "an error of many without a message",
    Object.assign(new AggregateError([new Error("a")]), { code: "EBUSY" }),
    /^EBUSY \(a\)$/,
  ],
  [
    "a cause that throws",
    new Error("fetch failed", { cause: throwingGetter }),
    /^fetch failed \(caused by: unreadable error\)$/,
  ],
  [
    "a long error with a cause",
    new Error("x".repeat(5_000), { cause: new Error("why") }),
    /^x{400,}… \(caused by: why\)$/,
  ],
  [
    "an error of another realm",
    runInNewContext("new Error('far', { cause: new Error('farther') })"),
    /^far \(caused by: farther\)$/,
  ],
  ["ten megabytes", new Error("x".repeat(10_000_000)), /^x{900,}…$/],
  ["a lone surrogate", new Error("a\uD800b"), /^a\uFFFDb$/],
];

for (const [what, value, message] of thrown) {
  test(`F29: ${what} becomes a short and safe failure`, () => {
    const failure = describeFailure(value);
    expect(failure.message).toMatch(message);
    expect(new TextEncoder().encode(JSON.stringify(failure)).length).toBeLessThan(5_000);
    expect(new TextEncoder().encode(failure.message + (failure.stack ?? "")).length).toBeLessThanOrEqual(4_000);
  });
}

test("a text is cut at the edge of a character", () => {
  expect(describeFailure("é".repeat(2_000)).message).toMatch(/^é{400,}…$/);
});
