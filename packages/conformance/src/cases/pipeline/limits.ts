import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual, expectRejection } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";

/** Refusals by the adapter's stated limits, before anything is sent. */
export const limitCases: readonly Case[] = [
  defineCase({
    name: "a payload over the adapter's limit is refused before anything is sent",
    fault: "F112",
    needs: ["work", "payloadLimit"],
    async run(harness) {
      const queue = createQueue(harness.adapter, newPipeline(harness).options);
      const text = "€".repeat(Math.ceil(harness.adapter.traits.maxPayloadBytes / 3));
      await refuses(harness, "payload_too_large", () => queue.enqueue(task, { text }));
      await refuses(harness, "payload_too_large", () => queue.enqueueMany([task.with({}), task.with({ text })]));
    },
  }),

  defineCase({
    name: "a delay over the adapter's limit is refused before anything is sent",
    fault: "F15",
    needs: ["work", "delayLimit"],
    async run(harness) {
      const queue = createQueue(harness.adapter, newPipeline(harness).options);
      const delay = harness.adapter.traits.maxDelayMs + harness.adapter.traits.delayStepMs;
      await refuses(harness, "delay_too_long", () => queue.enqueue(task, {}, { delay }));
    },
  }),

  defineCase({
    name: "a timeout that the runtime would cut short is refused when the worker is made",
    needs: ["runLimit"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const endless = defineJob("endless", { input: anything, timeout: harness.adapter.traits.maxRunMs + 1 });
      const handlers = [handle(endless, () => {})];
      await refuses(harness, "timeout_too_long", () =>
        createWorker(harness.adapter, { ...pipeline.options, handlers }),
      );
      await refuses(harness, "timeout_too_long", () =>
        createQueue(harness.adapter, pipeline.options).enqueue(endless, {}),
      );
    },
  }),
];

/** Checks that the call fails with this code, and that the adapter was not called. */
async function refuses(harness: Harness, code: string, call: () => unknown): Promise<void> {
  const asked = harness.calls.length;
  const error = await expectRejection(call, `what should fail with ${code}`);
  expectEqual(Reflect.get(Object(error), "code"), code, "the code of the error");
  expectEqual(harness.calls.length, asked, "how many calls the adapter got");
}
