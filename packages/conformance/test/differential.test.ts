import type { JobState } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, expect, test } from "vitest";
import { checkAgainstModel, checkAgainstAdapter } from "../src/index.ts";
import { type StoreVerb, apply } from "../src/model/model.ts";
import { makeBroker } from "../src/reference/broker.ts";
import { STORE_TRAITS, makeReference } from "../src/reference/store.ts";
import type { Make } from "../src/subject.ts";

const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });
const subjects: Record<string, Make> = {
  "the memory store": memoryStore,
  "the model itself": makeReference(undefined, { ...STORE_TRAITS, delayStepMs: 1_000 }),
};

for (const [subject, make] of Object.entries(subjects)) {
  describe(subject, () => {
    // More of them in test/matrix.
    for (let seed = 1; seed <= 5; seed++) {
      test(`answers like the model through 500 random operations (seed ${seed})`, () =>
        checkAgainstModel(make, { seed, operations: 500 }));
    }
  });
}

describe("random histories", () => {
  test("need a full store", async () => {
    const make: Make = ({ clock }) => {
      const { renew: _renew, ...rest } = memory({ clock: clock.now });
      return { adapter: rest };
    };
    await expect(checkAgainstModel(make, { seed: 1, operations: 1 })).rejects.toThrow("it has no Renew (renew)");
  });

  test("let a call of several steps tell of a duplicate that waits as it was before these, and no other", async () => {
    /** A store that says this state of each duplicate that waits. */
    const telling = (state: JobState, ...verbs: readonly StoreVerb[]): Make =>
      makeReference((before, operation, now) => {
        const step = apply(before, operation, now);
        if (!verbs.includes(operation.verb)) return step;
        const told = JSON.stringify(step.answer).replaceAll(
          /("status":"duplicate","state":)"(blocked|delayed|enqueued|failed)"/g,
          `$1"${state}"`,
        );
        return { ...step, answer: JSON.parse(told) };
      });
    const histories = async (make: Make): Promise<void> => {
      for (let seed = 1; seed <= 3; seed++) await checkAgainstModel(make, { seed, operations: 300, shrinks: 0 });
    };
    await histories(telling("blocked", "settle", "advance"));
    await expect(histories(telling("active", "settle"))).rejects.toThrow("differs from the model");
    await expect(histories(telling("active", "advance"))).rejects.toThrow("differs from the model");
    await expect(histories(telling("blocked", "enqueue"))).rejects.toThrow("differs from the model");
  });
});

describe("random deliveries", () => {
  test.each([1, 2, 3, 4, 5])("comes out of a small broker as its model says (seed %i)", (seed) =>
    checkAgainstModel(makeBroker(), { seed, operations: 200 }),
  );
});

describe("two adapters", () => {
  const inSeconds = makeReference(undefined, { ...STORE_TRAITS, delayStepMs: 1_000 });

  test.each([1, 2, 3, 4, 5])("the memory store and the reference answer alike (seed %i)", (seed) =>
    checkAgainstAdapter(memoryStore, inSeconds, { seed, operations: 500 }),
  );

  test.each([1, 2, 3, 4, 5])("jobs come out of the memory store as out of a small broker (seed %i)", (seed) =>
    checkAgainstAdapter(memoryStore, makeBroker(), { seed, operations: 200 }),
  );
});
