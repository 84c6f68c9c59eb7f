import { type Make, checkAgainstModel } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { ioredis, isMissing, makeOver, openIoredis } from "./subject.ts";

const client = openIoredis();
const make = makeOver(ioredis(client), "histories");
const counting = makeOver(ioredis(client), "counted", { stats: statistics });
const unbroken: Make = async (world) => {
  const { reopen: _reopen, ...subject } = await counting(world);
  return subject;
};

afterAll(() => client.disconnect());

// More of them, others each time: test/matrix.
describe.skipIf(isMissing)("random histories", () => {
  for (const seed of [1, 2, 3]) {
    test(`end as the model says, new processes included (seed ${seed})`, () =>
      checkAgainstModel(make, { seed, operations: 300 }));
  }
  test("without new processes are counted as the model counts them (seed 1)", () =>
    checkAgainstModel(unbroken, { seed: 1, operations: 300 }));
});
