import { type JobContext, type Schema, codeOf, createQueue, createWorker, defineJob, handle } from "@longshore/core";
import type { Settlement } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { MINUTE } from "../../jobs.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";

const followUp = defineJob("follow-up", { input: anything });

/** What a handler enqueues through its context. */
export const handlerFollowUpCases: readonly Case[] = [
  defineCase({
    name: "follow-up jobs come with their job's completion",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const ran: unknown[] = [];
      const handler = handle(task, ({ step }, context) => {
        ran.push(step);
        if (step === 1) context.enqueue(task.with({ step: 2 }));
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, { step: 1 });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      expectEqual(ran, [1, 2], "the steps that ran");
    },
  }),

  defineCase({
    name: "an attempt that fails enqueues no follow-ups",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const ran: unknown[] = [];
      const handler = handle(task, ({ step }, context) => {
        ran.push(step);
        if (step === 1) context.enqueue(task.with({ step: 2 }));
        if (context.attempt === 1) throw new Error("after it asked");
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, { step: 1 });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      expectEqual(ran, [1], "the steps that ran before the retry");
      await harness.pass(10 * MINUTE);
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      expectEqual(ran, [1, 1, 2], "the steps that ran in the end");
    },
  }),

  defineCase({
    name: "what a handler enqueues once it has returned is refused, and harms nothing",
    fault: "F23",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const codes: unknown[] = [];
      const contexts: JobContext[] = [];
      const late = (): void => {
        for (const { enqueue } of contexts) {
          try {
            enqueue(followUp.with({}));
          } catch (error) {
            codes.push(codeOf(error));
          }
        }
      };
      const checked: Schema<unknown> = {
        "~standard": {
          version: 1,
          vendor: "longshore",
          async validate(value) {
            late();
            return { value };
          },
        },
      };
      const slow = defineJob("task", { input: anything, output: checked });
      const handler = handle(slow, (_input, context) => {
        contexts.push(context);
        context.enqueue(followUp.with({}));
        return {};
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(slow, {});
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handler, handle(followUp, () => {})],
      });
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      late();
      expectEqual(codes, ["attempt_over", "attempt_over"], "what a late enqueue is told");
      expectEqual(pipeline.count("started"), 2, "how many jobs ran");
    },
  }),

  defineCase({
    name: "only a settlement that completes its job names follow-ups",
    fault: "F23",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      let runs = 0;
      const handler = handle(task, (_input, { enqueue }) => {
        enqueue(followUp.with({}));
        if (++runs === 1) throw new Error("after it asked");
      });
      const handlers = [handler, handle(followUp, () => {})];
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers });
      await pipeline.drain(worker);
      await harness.pass(10 * MINUTE);
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      const settlements = harness.calls
        .filter(({ verb }) => verb === "settle")
        .flatMap(({ input }) => input[0] as readonly Settlement[]);
      expectEqual(
        settlements.map(({ outcome, next = [] }) => `${outcome.type} ${next.length}`),
        ["retry 0", "complete 1", "complete 0"],
        "the outcomes, and how many follow-ups each names",
      );
    },
  }),

  defineCase({
    name: "follow-up jobs that are too much for one settlement end their job at once, and none is enqueued",
    needs: ["work", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, {}, { id: "a" });
      // Each is small enough on its own.
      const text = "x".repeat(Math.min(harness.adapter.traits.maxPayloadBytes, 900_000) - 100);
      let runs = 0;
      const handler = handle(task, (_input, context) => {
        runs++;
        const follow = Math.ceil(8_100_000 / text.length);
        for (let n = 0; n < follow; n++) context.enqueue(task.with({ text }, { id: `follow-${n}` }));
      });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      const job = await queue.get("a");
      expectEqual([job?.state, runs], ["dead", 1], "the state, and how often it ran");
      expect(job?.failures[0]?.message.includes("8000000") === true, "the failure does not name the limit");
      expectEqual(await queue.get({ id: "follow-0", partition: "a" }), undefined, "the first follow-up");
    },
  }),
];
