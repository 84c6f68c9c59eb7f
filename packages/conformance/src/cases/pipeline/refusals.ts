import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual, expectRejection } from "../../expect.ts";
import type { Kit } from "../../kit.ts";
import { anything, newScene, task } from "../../scene.ts";

/** Refusals by the adapter's stated limits, before anything is sent. */
export const refusalCases: readonly Case[] = [
  defineCase({
    name: "a payload over the adapter's limit is refused before anything is sent",
    fault: "F112",
    needs: ["work", "payloadLimit"],
    async run(kit) {
      const queue = createQueue(kit.adapter, newScene(kit).options);
      const text = "€".repeat(Math.ceil(kit.adapter.traits.maxPayloadBytes / 3));
      await refuses(kit, "payload_too_large", () => queue.enqueue(task, { text }));
      await refuses(kit, "payload_too_large", () => queue.enqueueMany([task.with({}), task.with({ text })]));
    },
  }),

  defineCase({
    name: "a delay over the adapter's limit is refused before anything is sent",
    fault: "F15",
    needs: ["work", "delayLimit"],
    async run(kit) {
      const queue = createQueue(kit.adapter, newScene(kit).options);
      const delay = kit.adapter.traits.maxDelayMs + kit.adapter.traits.delayStepMs;
      await refuses(kit, "delay_too_long", () => queue.enqueue(task, {}, { delay }));
    },
  }),

  defineCase({
    name: "a timeout that the runtime would cut short is refused when the worker is made",
    needs: ["runLimit"],
    async run(kit) {
      const scene = newScene(kit);
      const endless = defineJob("endless", { input: anything, timeout: kit.adapter.traits.maxRunMs + 1 });
      const handlers = [handle(endless, () => {})];
      await refuses(kit, "timeout_too_long", () => createWorker(kit.adapter, { ...scene.options, handlers }));
      await refuses(kit, "timeout_too_long", () => createQueue(kit.adapter, scene.options).enqueue(endless, {}));
    },
  }),
];

/** Checks that the call fails with this code, and that the adapter was not called. */
async function refuses(kit: Kit, code: string, call: () => unknown): Promise<void> {
  const asked = kit.calls.length;
  const error = await expectRejection(call, `what should fail with ${code}`);
  expectEqual(Reflect.get(Object(error), "code"), code, "the code of the error");
  expectEqual(kit.calls.length, asked, "how many calls the adapter got");
}
