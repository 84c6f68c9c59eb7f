import { env } from "cloudflare:workers";
import { checkAgainstModel, conformance, contractCases, everyCallTwice, pipelineCases } from "@longshore/conformance";
import { describe, test } from "vitest";
import { storesIn } from "../subject.ts";

/** Other ones each time; a failure names it. */
const seed = Date.now() % 1e6;

const make = storesIn(env.DB, (sql) => env.DB.prepare(sql).run());

// The tests run the core over the memory store, which stands for all stores that are claimed from.
describe("the core over D1", async () => {
  for (const { name, skip, run } of await conformance(make, pipelineCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
});

describe("D1, every call sent twice", async () => {
  for (const { name, skip, run } of await conformance(everyCallTwice(make), contractCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
});

describe("D1", () => {
  for (let n = 0; n < 4; n++) {
    test(`a random history answers as the model does, other adapters included (seed ${seed + n})`, () =>
      checkAgainstModel(make, { seed: seed + n, operations: 400 }));
  }
});
