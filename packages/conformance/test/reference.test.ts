import { describe, test } from "vitest";
import { conformance, twice } from "../src/index.ts";
import { makeBroker } from "../src/reference/broker.ts";
import { STORE_TRAITS, makeReference } from "../src/reference/store.ts";
import type { Make } from "../src/subject.ts";

const subjects: Record<string, Make> = {
  "the model as a store": makeReference(),
  "the model with delays in steps": makeReference(undefined, { ...STORE_TRAITS, delayStepMs: 1_000 }),
  "a small broker": makeBroker(),
  "the model, behind a line that sends every call twice": twice(makeReference()),
  "a small broker, behind a line that sends every call twice": twice(makeBroker()),
};

for (const [subject, make] of Object.entries(subjects)) {
  const checks = await conformance(make);
  describe(subject, () => {
    for (const { name, skip, run } of checks) {
      test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
  });
}
