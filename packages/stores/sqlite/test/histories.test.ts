import { type Make, checkAgainstModel } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { byPath, makeIn, tempFolder } from "./files.ts";

const { path, remove } = tempFolder();
const make = makeIn(path);
const counting = makeIn(path, byPath, { stats: statistics });
const unbroken: Make = async (world) => {
  const { reopen: _reopen, ...subject } = await counting(world);
  return subject;
};

afterAll(remove);

// More of them, others each time: test/matrix.
describe("random histories", () => {
  for (const seed of [1, 2, 3]) {
    test(`end as the model says, restarts included (seed ${seed})`, () =>
      checkAgainstModel(make, { seed, operations: 300 }));
  }
  for (const connections of [2, 3]) {
    for (const seed of [4, 5, 6]) {
      test(`end as the model says with ${connections} connections, of which every call goes to the next (seed ${seed})`, () =>
        checkAgainstModel(makeIn(path, byPath, { stats: statistics, connections }), { seed, operations: 300 }));
    }
  }
  test("without restarts are counted as the model counts them (seed 1)", () =>
    checkAgainstModel(unbroken, { seed: 1, operations: 300 }));
});
