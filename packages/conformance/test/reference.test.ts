import { describe, test } from "vitest";
import { conformance } from "../src/index.ts";
import { makeBroker } from "../src/reference/broker.ts";
import { makeReference } from "../src/reference/store.ts";
import type { Make } from "../src/subject.ts";

const subjects: Record<string, Make> = {
  "the model as a store": makeReference(),
  "a small broker": makeBroker(),
};

for (const [subject, make] of Object.entries(subjects)) {
  const checks = await conformance(make);
  describe(subject, () => {
    for (const { name, skip, run } of checks) {
      test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
  });
}
