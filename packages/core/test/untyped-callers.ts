import * as fc from "fast-check";

const LOOKALIKES = [
  { valueOf: 5, toString: 5 },
  { valueOf: () => 5, toString: () => "5" },
  { length: 5 },
  Object.create(null),
  Symbol("s"),
  () => 5,
  new Date(Number.NaN),
  JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'),
];
export const ODD_TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "\ud800",
  "a\n",
  "__proto__",
  "constructor",
  "toString",
  "a:lock",
  "a}{b",
  "*",
  "..",
  "%2e%2e",
  "a'; DROP TABLE jobs;--",
  "q/../../admin",
  "../../etc/passwd",
  "<img src=x onerror=alert(1)>",
  "x".repeat(300),
];

/** What a caller without types can hand over: data of any type, and what only looks like data of the right one. */
export const untyped: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true, withNullPrototype: true }),
  fc.string({ unit: "binary" }),
  fc.constantFrom(null, undefined, true, ...ODD_TEXTS),
  fc.constantFrom(-0, -1, 0.5, Infinity, 2 ** 53 + 1, Number.NaN),
  fc.constantFrom(...LOOKALIKES),
);
