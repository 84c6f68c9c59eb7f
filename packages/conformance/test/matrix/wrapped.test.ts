import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { conformance, everyCallTwice } from "../../src/index.ts";
import { makeBroker } from "../../src/reference/broker.ts";
import { STORE_TRAITS, makeReference } from "../../src/reference/store.ts";
import type { Make } from "../../src/subject.ts";

// The whole suite again, over what the tests go through once: stores with other options, and every call sent twice.

const subjects: Readonly<Record<string, Make>> = {
  "the memory store, without statistics": ({ clock }) => ({ adapter: memory({ clock: clock.now }) }),
  "the memory store, behind a line that sends every call twice": everyCallTwice(({ clock }) => ({
    adapter: memory({ clock: clock.now, stats: statistics() }),
  })),
  "the model with delays in steps": makeReference(undefined, { ...STORE_TRAITS, delayStepMs: 1_000 }),
  "the model, behind a line that sends every call twice": everyCallTwice(makeReference()),
  "a small broker, behind a line that sends every call twice": everyCallTwice(makeBroker()),
};

for (const [subject, make] of Object.entries(subjects)) {
  const checks = await conformance(make);
  describe(subject, () => {
    for (const { name, skip, run } of checks) {
      test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
  });
}
