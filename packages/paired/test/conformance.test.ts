import { type Make, conformance } from "@longshore/conformance";
import type { ClaimedJob } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";

/** What becomes of the messages of a batch: which batches arrive instead, and when. */
type Way = (messages: readonly ClaimedJob[]) => readonly (readonly ClaimedJob[])[];

// A message that is dropped costs a lease's time and an attempt, which most cases count: see carry.test.ts, storm.test.ts.
/** Long, and without a message: once is enough. */
const loops: Readonly<Record<string, string>> = {
  "a running worker fires its schedules by itself, and after a restart goes on where it was": "its loop claims",
  "an idle worker asks little of its backend": "its loop claims",
};
const ways: Readonly<Record<string, { readonly way: Way; readonly but: Readonly<Record<string, string>> }>> = {
  "as they come": { way: (messages) => [messages], but: {} },
  "every message three times: twice at once, and once more after it was run": {
    way: (messages) => [[...messages, ...messages], messages],
    but: {
      ...loops,
      "a failure whose record cannot be written is retried when the lease is over, and the worker lives on":
        "the lease is still held, so that the second message runs the job again",
    },
  },
  "every message late and by itself, the newest first": {
    way: (messages) => messages.map((message) => [message]).toReversed(),
    but: {
      ...loops,
      "jobs start by priority, and by their enqueue among equals":
        "a broker that keeps no order starts them as it likes",
    },
  },
};
const never: Readonly<Record<string, string>> = {
  "a job whose claim got no reply is stuck for no longer than a lease":
    "the pump claims inside the pair, where the suite cannot lose a reply; storm.test.ts loses what was claimed",
};

const make =
  (way: Way): Make =>
  ({ clock }) => {
    const broker = fakeBroker();
    const jobs = paired(memory({ clock: clock.now }), broker, { clock: clock.now });
    return {
      adapter: jobs,
      async deliver(run) {
        const runner = jobs.runner({ run });
        do {
          const batches = way(broker.messages.splice(0));
          for (const batch of batches) await runner.run(batch);
        } while ((await jobs.pump()).carried > 0);
      },
    };
  };

for (const [name, { way, but }] of Object.entries(ways)) {
  const checks = await conformance(make(way));
  describe(name, () => {
    for (const { name: sentence, skip, run } of checks) {
      test(sentence, async (context) => {
        const reason = skip ?? but[sentence] ?? never[sentence];
        if (reason !== undefined) context.skip(reason);
        await run();
      });
    }
  });
}
