import { type Make, conformance } from "@longshore/conformance";
import { test } from "vitest";
import { cloudflareQueues, consume } from "../src/index.ts";
import { fakeQueue } from "./fake-queue.ts";

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
      queue.deliver((batch) => consume(batch, { broker, worker: { run }, carried: { run }, log: quiet })),
    reopen: () => {
      broker = open();
      return broker;
    },
  };
};

for (const { name, skip, run } of await conformance(make)) {
  test(name, async (context) => {
    if (skip !== undefined) context.skip(skip);
    await run();
  });
}
