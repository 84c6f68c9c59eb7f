import { describe, test } from "vitest";
import { conformance, pipelineCases } from "../../src/index.ts";
import { makeBroker } from "../../src/reference/broker.ts";

// The tests run the core over Cloudflare Queues, which stands for all brokers that deliver.
describe("a small broker", async () => {
  for (const { name, skip, run } of await conformance(makeBroker(), pipelineCases)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
