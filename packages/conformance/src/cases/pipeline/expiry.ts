import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { MINUTE, SAME_PARTITION } from "../../jobs.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

type Price = { readonly n: number };
const quote = defineJob("quote", {
  input: anyInput<Price>(),
  partition: () => SAME_PARTITION.partition,
  startWithin: "1m",
});

/** The adapter has the trait, as the suite has checked. */
function queueOf({ adapter }: Harness<"expiry">, options: Parameters<typeof createQueue>[1]) {
  return createQueue(adapter as typeof adapter & { readonly traits: Traits & { readonly expiry: true } }, options);
}

export const expiryPipelineCases: readonly Case[] = [
  defineCase({
    name: "a worker runs no job that has expired, tells each by an event, and goes on with the others",
    needs: ["expiry", "Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const late = Array.from({ length: 15 }, (_, n) => quote.with({ n }, { metadata: { n: `${n}` } }));
      await queue.enqueueMany([...late, quote.with({ n: 20 }, { startWithin: "1h" })]);
      await harness.pass(MINUTE + 1);
      await queue.enqueue(quote, { n: 21 });
      const seen: number[] = [];
      const handler = handle(quote, ({ n }) => void seen.push(n));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(seen.sort(), [20, 21], "what ran");
      // What the dispatch of a pair finds is no worker's event.
      if (harness.delivers) return;
      expectEqual([pipeline.count("expired"), pipeline.count("started")], [15, 2], "the events");
      const { name, metadata } = pipeline.newest("expired").job;
      expectEqual([name, typeof metadata["n"]], ["quote", "string"], "the job of an event");
    },
  }),
];
