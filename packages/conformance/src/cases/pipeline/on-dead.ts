import { createQueue, createWorker, defineJob, fixed, handle, nonRetryable } from "@longshore/core";
import type { Settlement } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

type Refund = { readonly order: number; readonly of: string; readonly after: number; readonly why: string };
const refund = defineJob("refund", { input: anyInput<Refund>() });
const charge = defineJob("charge", {
  input: anyInput<{ order: number }>(),
  retry: fixed({ delay: "1s", attempts: 2 }),
  onDead: {
    job: refund,
    input: ({ order }, { id, attempt, error }) => {
      if (order < 0) throw new Error("no such order");
      return { order, of: id, after: attempt, why: error };
    },
  },
});

/** The job that a definition enqueues where one of its jobs is dead. */
export const onDeadCases: readonly Case[] = [
  defineCase({
    name: "the last failure of a job enqueues the one of its onDead, with its input and the reason, and no other does",
    fault: "F23",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { id } = await createQueue(harness.adapter, pipeline.options).enqueue(charge, { order: 7 });
      const refunds: Refund[] = [];
      const handlers = [
        handle(charge, (_input, context) => {
          context.enqueue(refund.with({ order: 0, of: "", after: 0, why: "a follow-up of a failed attempt" }));
          throw new Error(`no money ${context.attempt}`);
        }),
        handle(refund, (input) => void refunds.push(input)),
      ];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers });
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      expectEqual(refunds, [], "what was enqueued before the last attempt");
      await harness.pass(10_000);
      await pipeline.drain(worker);
      await pipeline.drain(worker);
      expectEqual(refunds, [{ order: 7, of: id, after: 2, why: "no money 2" }], "the jobs that followed");
      expectEqual(pipeline.count("dead"), 1, "how many are dead");
    },
  }),

  defineCase({
    name: "a job that is dead without a run, because its last worker vanished, is followed by the one of its onDead",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueueMany([charge.with({ order: 7 }, { partition: "p", attempts: 1 })]);
      await harness.adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: harness.adapter.traits.leaseMs });
      await harness.pass(harness.adapter.traits.leaseMs);
      const refunds: Refund[] = [];
      const handlers = [
        handle(charge, () => void refunds.push({ order: 7, of: "", after: 0, why: "it ran" })),
        handle(refund, (input) => void refunds.push(input)),
      ];
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers }));
      expectEqual(
        refunds.map(({ order, why }) => [order, why]),
        [[7, "The worker vanished during attempt 1 of 1; attempt 2 only found that, and ran nothing."]],
        "the jobs that ran",
      );
      const followed = harness.calls
        .filter(({ verb }) => verb === "settle")
        .flatMap(({ input }) => input[0] as readonly Settlement[])
        .map(({ outcome, next = [], partition }) => [outcome.type, partition, ...next.map((job) => job.partition)]);
      expectEqual(
        followed,
        [
          ["dead", "p", "p"],
          ["complete", "p"],
        ],
        "the outcomes, with the partitions of the job and of what follows",
      );
    },
  }),

  defineCase({
    name: "a job whose onDead makes none is dead all the same, and the log says why",
    needs: ["work", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      const { id } = await queue.enqueue(charge, { order: -1 });
      const told: unknown[] = [];
      const log = { ...pipeline.options.log, error: (entry: object) => void told.push(entry) };
      const handlers = [
        handle(charge, () => {
          throw nonRetryable("no order");
        }),
      ];
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, log, handlers }));
      expectEqual((await queue.get(id))?.state, "dead", "the state");
      const said = told.map((entry) => [
        Reflect.get(entry as object, "message"),
        Reflect.get(entry as object, "error"),
      ]);
      expectEqual(
        said.filter(([message]) => message !== "a job is dead"),
        [["a job is dead without what should follow it", "no such order"]],
        "what the log says beside that",
      );
    },
  }),
];
