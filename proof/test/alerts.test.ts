import { replay, simulate } from "@longshore/simulator";
import { describe, expect, test } from "vitest";
import { ALERT_INVARIANTS } from "../alerts/invariants.ts";
import { simulatedMemory } from "../store.ts";
import { busy } from "./busy.ts";
import { brokenEvaluators, evaluatedBy } from "./evaluators.ts";

Error.stackTraceLimit = 0;

// Every fault at every call of an evaluator: test/matrix.
describe("simulated alerts", () => {
  test("fire for every rule in a history without faults, and a concurrent evaluator is answered `behind`", async () => {
    const { violation, lines } = await replay(simulatedMemory, busy);
    expect(violation).toBeUndefined();
    const turns = lines.filter(({ operation }) => /^advance \$alert:.*:(fired|resolved) /.test(operation));
    const fired = turns.filter(({ result }) => result === "moved").map(({ operation }) => operation.split(":")[1]);
    expect([...new Set(fired)].toSorted()).toEqual(["buried", "deep", "dying", "failing", "late"]);
    expect(turns.map(({ result }) => result)).toContain("behind");
  });
});

describe("a simulated evaluator that", () => {
  test.each(Object.entries(brokenEvaluators))("%s is found", async (_, [invariant, how]) => {
    const { violations } = await simulate(evaluatedBy(how), { seed: 1, histories: 100, shrinks: 0 });
    expect(violations.map((one) => one.invariant)).toEqual([invariant]);
    expect(Object.keys(ALERT_INVARIANTS)).toContain(invariant);
  });
});
