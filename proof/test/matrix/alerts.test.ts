import { FAULT_KINDS, replay } from "@longshore/simulator";
import { expect, test } from "vitest";
import { simulatedMemory } from "../../store.ts";
import { busy } from "../busy.ts";

Error.stackTraceLimit = 0;

/** The first eight are of a call. */
const ofCalls = FAULT_KINDS.slice(0, 8);

test("simulated alerts stay correct with any one fault at any one call of an evaluator, including its death before or after the call", async () => {
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
