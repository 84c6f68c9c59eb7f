import { conformance, contractCases, everyCallTwice } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { ioredis, isMissing, makeOver, openIoredis } from "./subject.ts";

const client = openIoredis();
const make = makeOver(ioredis(client), "conformance", { stats: statistics });
const checks = isMissing ? [] : await conformance(make, contractCases);
const twice = isMissing ? [] : await conformance(everyCallTwice(make), contractCases);

afterAll(() => client.disconnect());

// The rest of the core over it, other clients, protocols and runtimes: test/matrix.
describe.skipIf(isMissing)("the Redis store", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});

describe.skipIf(isMissing)("every call sent twice", () => {
  for (const { name, skip, run } of twice) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
