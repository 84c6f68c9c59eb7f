import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { MINUTE, SAME_PARTITION } from "../../jobs.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

const render = defineJob("render", { input: anyInput<string>(), partition: () => SAME_PARTITION.partition });

/** The adapter has the traits, as the suite has checked. */
function aging({ adapter }: Harness<"ageing" | "ordered" | "Pull">) {
  return adapter as typeof adapter & { readonly traits: Traits & { readonly ageing: true; readonly ordered: true } };
}

export const ageingPipelineCases: readonly Case[] = [
  defineCase({
    name: "a worker with an age runs what has waited so long before what came above it later",
    needs: ["ageing", "ordered", "Pull"],
    async run(harness) {
      // What delivers to a worker claims in its place.
      if (harness.delivers) return;
      const pipeline = newPipeline(harness);
      const adapter = aging(harness);
      const queue = createQueue(adapter, pipeline.options);
      await queue.enqueue(render, "old", { priority: 9 });
      await harness.pass(45 * MINUTE);
      await queue.enqueueMany(["new", "newer"].map((input) => render.with(input, { priority: 0 })));
      const seen: string[] = [];
      const handlers = [handle(render, (input) => void seen.push(input))];
      const queues = { default: 1 };
      const worker = createWorker(adapter, { ...pipeline.options, handlers, queues, priorityAge: "5m" });
      await queue.enqueue(render, "newest", { priority: 0 });
      await pipeline.drain(worker);
      expectEqual(seen, ["new", "newer", "newest", "old"], "with the same turn, which goes by priority");
      await queue.enqueue(render, "old", { priority: 9 });
      await harness.pass(46 * MINUTE);
      await queue.enqueue(render, "new", { priority: 0 });
      await pipeline.drain(worker);
      expectEqual(seen.slice(4), ["old", "new"], "a minute later");
    },
  }),
];
