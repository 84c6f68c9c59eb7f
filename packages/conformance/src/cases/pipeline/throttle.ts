import { createQueue, createWorker, defineJob, defineQueue, handle } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION, SECOND } from "../../jobs.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

type Call = { readonly api: string };
const common = { input: anyInput<Call>(), partition: () => SAME_PARTITION.partition };
const throttle = { limit: 2, per: "10s", burst: 2 } as const;
const byKey = defineJob("by-key", { ...common, throttle: { ...throttle, key: ({ api }: Call) => api } });
const together = defineJob("together", { ...common, throttle });
const inQueue = defineJob("in-queue", { ...common, queue: defineQueue("default", { throttle }) });

/** The adapter has the trait, as the suite has checked. */
function queueOf({ adapter }: Harness<"throttle">, options: Parameters<typeof createQueue>[1]) {
  return createQueue(adapter as typeof adapter & { readonly traits: Traits & { readonly throttle: true } }, options);
}

export const throttlePipelineCases: readonly Case[] = [
  defineCase({
    name: "a worker starts no more jobs of a key, of a definition and of a queue than their throttle lets, and all in the end",
    needs: ["throttle", "Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const apis = ["x", "x", "x", "y", "y"];
      const requests = [byKey, together, inQueue].flatMap((definition) => apis.map((api) => definition.with({ api })));
      await queue.enqueueMany(requests);
      const seen: string[] = [];
      const note = (name: string) => (input: Call) => void seen.push(name === "by-key" ? `${name} ${input.api}` : name);
      const handlers = [byKey, together, inQueue].map((definition) => handle(definition, note(definition.name)));
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers });
      const ran = async (): Promise<string> => {
        seen.length = 0;
        await pipeline.drain(worker);
        return [...seen].sort().join(", ");
      };
      const first = "by-key x, by-key x, by-key y, by-key y, in-queue, in-queue, together, together";
      expectEqual(await ran(), first, "what starts at once");
      await harness.pass(5 * SECOND);
      expectEqual(await ran(), "by-key x, in-queue, together", "what starts 5 s later");
      await harness.pass(10 * SECOND);
      expectEqual(await ran(), "in-queue, in-queue, together, together", "what starts 10 s later");
      expectEqual(pipeline.count("completed"), requests.length, "how many ran");
    },
  }),
];
