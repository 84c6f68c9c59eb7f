import { describe, test } from "vitest";
import { cases, conformance, contractCases } from "../src/index.ts";
import { makeBroker } from "../src/reference/broker.ts";
import { makeReference } from "../src/reference/store.ts";

describe.each([
  // The only subject whose traits let every case of the pipeline run: no other store limits its delays.
  ["the model as a store", makeReference(), cases],
  // The core over it: test/matrix.
  ["a small broker", makeBroker(), contractCases],
])("%s", async (_, make, some) => {
  for (const { name, skip, run } of await conformance(make, some)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
