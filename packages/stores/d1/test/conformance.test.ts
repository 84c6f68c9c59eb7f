import { env } from "cloudflare:workers";
import { checkAgainstModel, conformance, contractCases } from "@longshore/conformance";
import { describe, test } from "vitest";
import { storesIn } from "./subject.ts";

const make = storesIn(env.DB, (sql) => env.DB.prepare(sql).run());

// The core over it, every call sent twice, libSQL and more histories: test/matrix.
describe("the store over D1", async () => {
  for (const { name, skip, run } of await conformance(make, contractCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
  for (const seed of [1, 2, 3]) {
    test(`a random history answers as the model does, other adapters included (seed ${seed})`, () =>
      checkAgainstModel(make, { seed, operations: 300 }));
  }
});
