import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { checkAgainstModel } from "../src/index.ts";
import { STORE_TRAITS, makeReference } from "../src/reference/store.ts";
import type { Make } from "../src/subject.ts";

const subjects: Record<string, Make> = {
  "the memory store": ({ clock }) => ({ adapter: memory({ clock: clock.now }) }),
  "the model itself": makeReference(undefined, { ...STORE_TRAITS, delayStepMs: 1_000 }),
};

for (const [subject, make] of Object.entries(subjects)) {
  describe(subject, () => {
    for (let seed = 1; seed <= 20; seed++) {
      test(`answers like the model through 500 random operations (seed ${seed})`, () =>
        checkAgainstModel(make, { seed, operations: 500 }));
    }
  });
}
