import { expect, test } from "vitest";
import { noChromium } from "../chromium.ts";
import { noDisplay } from "../display.ts";
import { freeze, hideForShort, problemsOf } from "../hidden/experiment.ts";

const missing = noChromium ?? noDisplay;

// Ten minutes of it, and with the browser's own patience: `pnpm hidden`.
test("a worker in a hidden page holds its leases, and never starts a job whose earlier run it holds (F127)", async (context) => {
  if (missing !== undefined) context.skip(missing);
  const watches = await hideForShort({ page: 9_000, system: 3_000 });
  expect(problemsOf(watches)).toEqual([]);
});

// A minute of it: `pnpm hidden --freeze`.
test("a page that was frozen in the middle of its jobs runs them all, and what other tabs have added", async (context) => {
  if (missing !== undefined) context.skip(missing);
  expect(await freeze(async () => {})).toEqual({ acknowledged: 100, ranWhileFrozen: 0, completed: 100 });
});
