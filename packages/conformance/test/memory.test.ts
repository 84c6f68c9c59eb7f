import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { conformance } from "../src/index.ts";

// With statistics: without them, and behind a line that sends every call twice, in test/matrix.
const checks = await conformance(({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) }));

describe("the memory store", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
