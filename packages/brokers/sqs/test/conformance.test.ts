import { checkAgainstAdapter, checkAgainstModel, conformance, referenceBroker } from "@longshore/conformance";
import { test } from "vitest";
import { delivering } from "./delivering.ts";
import { fakeSqs } from "./fake-sqs.ts";

// Over the fake: it refuses what the service refuses, and the suite moves its clock.
const of = (suffix: string) =>
  delivering((now) => ({
    call: fakeSqs(now).call,
    queue: `https://sqs.eu-west-1.amazonaws.com/123456789012/jobs${suffix}`,
    deadLetters: `https://sqs.eu-west-1.amazonaws.com/123456789012/dead${suffix}`,
  }));

for (const [kind, make] of [
  ["standard", of("")],
  ["FIFO", of(".fifo")],
] as const) {
  for (const { name, skip, run } of await conformance(make)) {
    test(`${kind}: ${name}`, async (context) => {
      if (skip !== undefined) context.skip(skip);
      await run();
    });
  }
}

/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);

test.each([1, 2, fresh])("random jobs come out as a broker's model says (seed %i)", (seed) =>
  checkAgainstModel(of(""), { seed, operations: 300 }),
);

test.each([1, 2, fresh])("random jobs come out as of the reference broker (seed %i)", (seed) =>
  checkAgainstAdapter(of(""), referenceBroker, { seed, operations: 300 }),
);
