import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { conformance } from "../src/index.ts";

// It stands for all stores that are claimed from, so that the core runs over it, too. Without statistics, and with every
// call sent twice: test/matrix.
const checks = await conformance(({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) }));

describe("the memory store", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
