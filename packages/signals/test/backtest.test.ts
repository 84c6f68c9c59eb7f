import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Alert, type AlertRules, type RecordedMetrics, evaluate, metrics, backtest } from "../src/index.ts";
import { type Setting, setting, strict } from "./setting.ts";

const rules: AlertRules = {
  deep: { severity: "warning", measure: "depth", above: 4, for: "5m" },
  at_once: { severity: "critical", measure: "depth", above: 6, cooldown: "2m" },
  dead: { severity: "warning", measure: "dead", above: 0, resolveAt: 0 },
  buried: { severity: "warning", measure: "depth", states: ["dead"], above: 1, cooldown: 0 },
  old: { severity: "warning", measure: "oldestWait", above: 200_000 },
  slow: { severity: "warning", measure: "slowdown", samples: 3, above: 1.5, cooldown: 0 },
};

const steps = fc.array(
  fc.record({
    waitMs: fc.constantFrom(0, 1, 20_000, 60_000, 400_000, 3_700_000),
    jobs: fc.integer({ min: 0, max: 7 }),
    ms: fc.constantFrom(10, 100, 400),
    end: fc.constantFrom("well" as const, "well" as const, "dead" as const),
    work: fc.boolean(),
  }),
  { maxLength: 40 },
);

async function step({ pass, put, work }: Setting, { waitMs, jobs, ms, end, work: works }: Step): Promise<void> {
  pass(waitMs);
  await put(jobs, { ms, end });
  if (works) await work();
}
type Step = { waitMs: number; jobs: number; ms: number; end: "well" | "dead"; work: boolean };

test("what rules would have told over a recorded history is what evaluating told while it was made", async () => {
  let fired = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const all = setting();
      const recorded: RecordedMetrics[] = [];
      const told: Alert[] = [];
      for (const next of history) {
        await step(all, next);
        // Before evaluating, which adds to the queue of the alerts.
        recorded.push({ at: all.clock(), metrics: JSON.parse(JSON.stringify(await metrics(all.adapter))) });
        told.push(...(await evaluate(strict(all.adapter).adapter, { rules })));
      }
      fired += told.length;
      expect(backtest(rules, recorded)).toEqual(told);
      // Rules that tell at the same moment are written in any order.
      expect(sorted(await all.alerts())).toEqual(sorted(told));
    }),
    { numRuns: 100 },
  );
  expect(fired).toBeGreaterThan(100);
});

const sorted = (alerts: readonly Alert[]): Alert[] =>
  alerts.toSorted((a, b) => a.at - b.at || (a.rule + a.state < b.rule + b.state ? -1 : 1));

test("a rule is tried over nothing as well", () => {
  expect(backtest(rules, [])).toEqual([]);
});
