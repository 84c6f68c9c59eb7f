import { checkAgainstModel } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, inject, test } from "vitest";
import type { Make } from "@longshore/conformance";
import { openDatabase } from "./database.ts";
import { openPool } from "./pool.ts";
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

  const url = inject("postgres");
  test.skipIf(url === undefined)("end so where PL/pgSQL refuses all that it may warn of (seed 1)", async () => {
    const strict = openPool(`${url}?options=-c%20plpgsql.extra_errors%3Dall`);
    await strict.query("drop schema if exists histories_strict cascade");
    await checkAgainstModel(await makeIn(strict, "histories_strict"), { seed: 1, operations: 300 });
    await strict.end();
  });
});
