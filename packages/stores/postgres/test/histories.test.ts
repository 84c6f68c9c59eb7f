import { checkAgainstModel } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import type { Make } from "@longshore/conformance";
import { openDatabase } from "./database.ts";
import { makeIn } from "./stores.ts";

const database = await openDatabase();
const make = await makeIn(database, "histories");
const counting = await makeIn(database, "histories", { stats: statistics });
const unbroken: Make = async (world) => {
  const { reopen: _reopen, ...subject } = await counting(world);
  return subject;
};

afterAll(() => database.end());

// More of them, others each time: test/matrix.
describe("random histories", () => {
  for (const seed of [1, 2, 3]) {
    test(`end as the model says, new processes included (seed ${seed})`, () =>
      checkAgainstModel(make, { seed, operations: 300 }));
  }
  test("without new processes are counted as the model counts them (seed 1)", () =>
    checkAgainstModel(unbroken, { seed: 1, operations: 300 }));
});
