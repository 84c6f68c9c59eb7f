import { type Make, conformance } from "@longshore/conformance";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";
import { type Way, ways } from "./ways.ts";

const never: Readonly<Record<string, string>> = {
  "a job whose claim got no reply is stuck for no longer than a lease":
    "the pump claims inside the pair, where the suite cannot lose a reply; storm.test.ts loses what was claimed",
};

const TRANSIT_MS = 1;

const make =
  ({ arrive }: Way): Make =>
  ({ clock }) => {
    const broker = fakeBroker();
    // The suite's clock, and what had to pass for lost messages to be noticed.
    let waitedMs = 0;
    const now = (): number => clock.now() + waitedMs;
    const jobs = paired(memory({ clock: now }), broker, { clock: now, transitMs: TRANSIT_MS });
    return {
      adapter: jobs,
      async deliver(run) {
        const runner = jobs.runner({ run });
        do {
          const messages = broker.messages.splice(0);
          const batches = arrive(messages);
          for (const batch of batches) await runner.run(batch);
          const arrived = new Set(batches.flat());
          if (messages.some((message) => !arrived.has(message))) waitedMs += TRANSIT_MS;
        } while ((await jobs.pump()).carried > 0);
      },
    };
  };

for (const [name, way] of Object.entries(ways)) {
  const checks = await conformance(make(way));
  describe(name, () => {
    for (const { name: sentence, skip, run } of checks) {
      test(sentence, async (context) => {
        const reason = skip ?? way.but[sentence] ?? never[sentence];
        if (reason !== undefined) context.skip(reason);
        await run();
      });
    }
  });
}
