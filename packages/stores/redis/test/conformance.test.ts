import { conformance, contractCases } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { ioredis, isMissing, makeOver, openIoredis } from "./subject.ts";

const client = openIoredis();
const make = makeOver(ioredis(client), "conformance", { stats: statistics });
const checks = isMissing ? [] : await conformance(make, contractCases);

afterAll(() => client.disconnect());

// The rest of the core over it, every call sent twice, other clients, protocols and runtimes: test/matrix.
describe.skipIf(isMissing)("the Redis store", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
