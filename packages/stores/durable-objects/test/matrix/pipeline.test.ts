import { conformance, pipelineCases } from "@longshore/conformance";
import { describe, test } from "vitest";
import { objects } from "../subject.ts";

// The tests run the core over the memory store, which stands for all stores that are claimed from.
describe("one object", async () => {
  for (const { name, skip, run } of await conformance(objects(1), pipelineCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
});
