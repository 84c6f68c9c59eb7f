import { checkAgainstModel, conformance, contractCases } from "@longshore/conformance";
import { describe, test } from "vitest";
import { objects, unbroken } from "./subject.ts";

// The core over it, three shards, and more histories, others each time: test/matrix.
describe("one object", async () => {
  for (const { name, skip, run } of await conformance(objects(1), contractCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
  test("a random history answers as the model does, reloads included (seed 1)", () =>
    checkAgainstModel(objects(1), { seed: 1, operations: 400 }));
  test("a random history without reloads is counted as the model counts it (seed 1)", () =>
    checkAgainstModel(unbroken, { seed: 1, operations: 300 }));
});
