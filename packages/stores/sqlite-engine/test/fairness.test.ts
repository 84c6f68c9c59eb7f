import { expect, test } from "vitest";
import { createFairness } from "../src/fairness.ts";

test("of more queues than are remembered, those that got their last place longest ago wait since their jobs are due", () => {
  const fairness = createFairness();
  fairness.served("first", 1);
  fairness.served("second", 2);
  fairness.served("first", 3);
  for (let n = 0; n < 9_999; n++) fairness.served(`queue-${n}`, 4);
  expect(["first", "second"].map((queue) => fairness.since(queue, 0).key)).toEqual([3, 0]);
});
