import { createQueue, createWorker, defineJob, defineQueue, handle } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { turn } from "@longshore/testing/tools";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION } from "../../jobs.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

type Import = { readonly tenant: string; readonly n: number };
const importRows = defineJob("import", {
  input: anyInput<Import>(),
  queue: defineQueue("default", { concurrency: 3 }),
  partition: () => SAME_PARTITION.partition,
  concurrency: { key: ({ tenant }: Import) => tenant, limit: 2 },
});

/** The adapter has the trait, as the suite has checked. */
function queueOf({ adapter }: Harness<"limits">, options: Parameters<typeof createQueue>[1]) {
  return createQueue(adapter as typeof adapter & { readonly traits: Traits & { readonly limits: true } }, options);
}

export const concurrencyCases: readonly Case[] = [
  defineCase({
    name: "two workers together run no more jobs of a key, nor of a queue, than their limits, and all of them in the end",
    fault: "F148",
    needs: ["limits", "Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const inputs = ["a", "b"].flatMap((tenant) => [1, 2, 3, 4].map((n) => ({ tenant, n })));
      await queueOf(harness, pipeline.options).enqueueMany(inputs.map((input) => importRows.with(input)));
      const running: string[] = [];
      const most = { ofTenant: 0, ofQueue: 0 };
      const handler = handle(importRows, async ({ tenant }) => {
        running.push(tenant);
        most.ofTenant = Math.max(most.ofTenant, running.filter((other) => other === tenant).length);
        most.ofQueue = Math.max(most.ofQueue, running.length);
        await turn();
        running.splice(running.indexOf(tenant), 1);
      });
      let done = 0;
      const counted = {
        ...handler,
        run: async (...input: Parameters<typeof handler.run>) => (await handler.run(...input), void done++),
      };
      const workers = [1, 2].map(() => createWorker(harness.adapter, { ...pipeline.options, handlers: [counted] }));
      await Promise.all(workers.map((worker) => pipeline.drive(worker)));
      expectEqual([done, most.ofQueue <= 3], [inputs.length, true], "how many ran, and how many at most of the queue");
      expect(most.ofTenant <= 2, `of a tenant at most 2 should have run at a time, but ${most.ofTenant} did`);
    },
  }),
];
