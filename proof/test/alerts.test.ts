import { FAULT_KINDS, INVARIANTS, type Plan, replay, simulate } from "@longshore/conformance";
import { describe, expect, test } from "vitest";
import { simulatedMemory } from "../store.ts";
import { brokenEvaluators, evaluatedBy } from "./evaluators.ts";

Error.stackTraceLimit = 0;

/** A history in which every rule turns, some of them with both evaluators at once. */
const busy: Plan = {
  seed: 22,
  producers: 2,
  workers: 1,
  schedulers: 0,
  operators: 0,
  evaluators: 2,
  jobs: 12,
  chaosMs: 30_000,
  skewMs: 0,
  beats: [{ name: "latest", periodMs: 10_000, missed: "latest" }],
  rates: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Plan["rates"], // all of them
};
/** The first eight are of a call. */
const ofCalls = FAULT_KINDS.slice(0, 8);

describe("simulated alerts", () => {
  test("all turn in a history without faults, and who comes second hears so", async () => {
    const { violation, lines } = await replay(simulatedMemory, busy);
    expect(violation).toBeUndefined();
    const turns = lines.filter(({ operation }) => /^advance \$alert:.*:(fired|resolved) /.test(operation));
    const fired = turns.filter(({ result }) => result === "moved").map(({ operation }) => operation.split(":")[1]);
    expect([...new Set(fired)].toSorted()).toEqual(["buried", "deep", "dying", "failing", "late"]);
    expect(turns.map(({ result }) => result)).toContain("behind");
  });

  test("stay true with any one fault at any one call of an evaluator, its death before or after it included", async () => {
    const { reach } = await replay(simulatedMemory, busy);
    const calls = reach.find(({ process }) => process === "evaluator-1.1")?.calls ?? 0;
    expect(calls).toBeGreaterThan(40);
    for (let call = 1; call <= calls; call++) {
      for (const kind of ofCalls) {
        const only = { [`evaluator-1.1#${call}`]: kind };
        const { violation } = await replay(simulatedMemory, { ...busy, only });
        expect({ only, violation }).toEqual({ only, violation: undefined });
      }
    }
  });
});

describe("a simulated evaluator that", () => {
  test.each(Object.entries(brokenEvaluators))("%s is found out", async (_, [invariant, how]) => {
    const { violations } = await simulate(evaluatedBy(how), { seed: 1, histories: 100, shrinks: 0 });
    expect(violations.map((one) => one.invariant)).toEqual([invariant]);
    expect(Object.keys(INVARIANTS)).toContain(invariant);
  });
});
