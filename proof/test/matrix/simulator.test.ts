import { everyPair } from "@longshore/simulator";
import { expect, test } from "vitest";
import { simulatedMemory } from "../../store.ts";

Error.stackTraceLimit = 0;

test("the simulator over the memory store finds nothing in pairs of faults, some others each time", async () => {
  const offset = Math.floor(Math.random() * 1_000);
  const { runs, failures } = await everyPair(simulatedMemory, { every: 501, offset });
  expect(failures.map(({ message, table }) => `${message}\n${table}`).join("\n")).toBe("");
  expect(runs).toBeGreaterThan(100);
});
