import { type Make, checkAgainstModel, checkAgainstAdapter, conformance } from "@longshore/conformance";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { claimedPairs, never, pairs, stores } from "../subject.ts";
import { asTheyCome, ways } from "../ways.ts";

/** Others each time; a failure names its own. */
const fresh = Math.floor(Math.random() * 2 ** 31);
const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now }) });

describe.each(Object.entries(stores))("a pair over %s", (_, keep) => {
  test.each([2, fresh, fresh + 1])("answers as the model does through a random history (seed %i)", (seed) =>
    checkAgainstModel(claimedPairs(keep), { seed, operations: 200 }),
  );

  test.each([3, fresh, fresh + 1])("answers as the memory store does through a random history (seed %i)", (seed) =>
    checkAgainstAdapter(claimedPairs(keep), memoryStore, { seed, operations: 200 }),
  );

  test.each([2, fresh, fresh + 1])("brings the jobs that the memory store would have had claimed (seed %i)", (seed) =>
    checkAgainstAdapter(pairs(asTheyCome, keep), memoryStore, { seed, operations: 200 }),
  );
});

for (const [name, way] of Object.entries(ways).filter(([, way]) => way !== asTheyCome)) {
  const checks = await conformance(pairs(way));
  describe(name, () => {
    for (const { name: sentence, skip, run } of checks) {
      test(sentence, async (context) => {
        const reason = skip ?? way.but[sentence] ?? never[sentence];
        if (reason !== undefined) context.skip(reason);
        await run();
      });
    }
  });
}
