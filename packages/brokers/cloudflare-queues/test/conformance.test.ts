import {
  type Make,
  checkAgainstAdapter,
  checkAgainstModel,
  conformance,
  fakeQueue,
  referenceBroker,
} from "@longshore/conformance";
import { memory } from "@longshore/memory";
import { test } from "vitest";
import { cloudflareQueues, consume } from "../src/index.ts";

// Over the fake queue: the suite moves the clock, and the platform's emulator has one of its own.
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const make: Make = ({ clock }) => {
  const dead = fakeQueue(clock.now);
  const queue = fakeQueue(clock.now, dead);
  const open = () => cloudflareQueues({ queue, deadLetters: dead, clock: clock.now });
  let broker = open();
  return {
    adapter: broker,
    deliver: (run) =>
      queue.deliver((batch) => consume(batch, { broker, worker: { run, runCarried: run }, log: quiet })),
    reopen: () => {
      broker = open();
      return broker;
    },
  };
};

// It stands for all brokers that deliver, so that the core runs over it, too.
for (const { name, skip, run } of await conformance(make)) {
  test(name, async (context) => {
    if (skip !== undefined) context.skip(skip);
    await run();
  });
}

/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);

test.each([1, 2, 3, 4, fresh])("random jobs come out as a broker's model says (seed %i)", (seed) =>
  checkAgainstModel(make, { seed, operations: 300 }),
);

test.each([1, 2, fresh])("random jobs come out as of the reference broker (seed %i)", (seed) =>
  checkAgainstAdapter(make, referenceBroker, { seed, operations: 300 }),
);

test.each([1, 2, fresh])("random jobs come out as of the memory store (seed %i)", (seed) =>
  checkAgainstAdapter(make, ({ clock }) => ({ adapter: memory({ clock: clock.now }) }), { seed, operations: 300 }),
);
