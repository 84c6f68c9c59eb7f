import { type Make, cases, checkAgainstAdapter, checkAgainstModel, conformance } from "@longshore/conformance";
import { memory } from "@longshore/memory";
import { describe, expect, test } from "vitest";
import { claimedPairs, never, pairs, stores } from "./subject.ts";
import { asTheyCome, ways } from "./ways.ts";

const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now }) });

describe.each(Object.entries(stores))("a pair over %s", (_, keep) => {
  test.each([1])("answers as the model does through a random history (seed %i)", (seed) =>
    checkAgainstModel(claimedPairs(keep), { seed, operations: 200 }),
  );

  test.each([1])("answers as the memory store does through a random history (seed %i)", (seed) =>
    checkAgainstAdapter(claimedPairs(keep), memoryStore, { seed, operations: 200 }),
  );

  test.each([1])("brings the jobs that the memory store would have had claimed (seed %i)", (seed) =>
    checkAgainstAdapter(pairs(asTheyCome, keep), memoryStore, { seed, operations: 200 }),
  );
});

// It stands for all pairs, so that the core runs over it, too. Messages that are lost, doubled or late, and histories that are others each time: test/matrix.
const checks = await conformance(pairs(asTheyCome));
describe("messages that arrive as they come", () => {
  for (const { name, skip, run } of checks) {
    test(name, async (context) => {
      const reason = skip ?? never[name];
      if (reason !== undefined) context.skip(reason);
      await run();
    });
  }
});

test("what is not asked of a pair, or of a way in which messages arrive, are cases of the suite", () => {
  const names = cases.map(({ name }) => name);
  const excepted = [never, ...Object.values(ways).map(({ but }) => but)].flatMap((reasons) => Object.keys(reasons));
  expect(excepted.filter((name) => !names.includes(name))).toEqual([]);
});
