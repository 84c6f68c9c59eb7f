import { expect, test } from "vitest";
import { noChromium } from "../chromium.ts";
import { noDisplay } from "../display.ts";
import { hideForShort, problemsOf } from "../hidden/experiment.ts";

// Ten minutes of it, and with the browser's own patience: `pnpm hidden`.
test("a worker in a hidden page holds its leases, and never starts a job whose earlier run it holds", async (context) => {
  const missing = noChromium ?? noDisplay;
  if (missing !== undefined) context.skip(missing);
  const watches = await hideForShort({ page: 9_000, system: 3_000 });
  expect(problemsOf(watches)).toEqual([]);
});
