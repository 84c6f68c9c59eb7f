import { replay, simulate } from "@longshore/simulator";
import { describe, expect, test } from "vitest";
import { ALERT_INVARIANTS } from "../alerts/invariants.ts";
import { simulatedMemory } from "../store.ts";
import { busy } from "./busy.ts";
import { brokenEvaluators, evaluatedBy } from "./evaluators.ts";

Error.stackTraceLimit = 0;

// Any one fault at any one of their calls: test/matrix.
describe("simulated alerts", () => {
  test("all turn in a history without faults, and who comes second hears so", async () => {
    const { violation, lines } = await replay(simulatedMemory, busy);
    expect(violation).toBeUndefined();
    const turns = lines.filter(({ operation }) => /^advance \$alert:.*:(fired|resolved) /.test(operation));
    const fired = turns.filter(({ result }) => result === "moved").map(({ operation }) => operation.split(":")[1]);
    expect([...new Set(fired)].toSorted()).toEqual(["buried", "deep", "dying", "failing", "late"]);
    expect(turns.map(({ result }) => result)).toContain("behind");
  });
});

describe("a simulated evaluator that", () => {
  test.each(Object.entries(brokenEvaluators))("%s is found out", async (_, [invariant, how]) => {
    const { violations } = await simulate(evaluatedBy(how), { seed: 1, histories: 100, shrinks: 0 });
    expect(violations.map((one) => one.invariant)).toEqual([invariant]);
    expect(Object.keys(ALERT_INVARIANTS)).toContain(invariant);
  });
});
