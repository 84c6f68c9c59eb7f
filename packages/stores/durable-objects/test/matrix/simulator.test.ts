import { env } from "cloudflare:workers";
import { type Make } from "@longshore/conformance";
import { simulate } from "@longshore/simulator";
import { expect, test } from "vitest";
import { durableObjects } from "../../src/index.ts";
import { time } from "../worker.ts";

// Whole histories of the real queue, worker and schedules, with crashes and lost replies, over an object in workerd.

/** Each has a thousand steps and more, and takes seconds. */
const HISTORIES = 3;
let objects = 0;
const make: Make = ({ clock }) => {
  time.now = clock.now;
  return { adapter: durableObjects(env.KEEPER, { name: `simulated-${++objects}` }) };
};

test("every invariant holds through whole histories over an object", async () => {
  // Another one each time; a failure names it.
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { histories, violations, counters } = await simulate(make, { seed, histories: HISTORIES, shrinks: 20 });
  expect(violations.map(({ message, table }) => `seed ${seed}: ${message}\n${table}`).join("\n")).toBe("");
  expect(histories).toBe(HISTORIES);
  expect(counters.lost + counters.unexpected).toBe(0);
  expect(counters.acknowledged).toBeGreaterThan(0);
});
