import { type JobContext, type Schema, codeOf, createQueue, createWorker, defineJob, handle } from "@longshore/core";
import type { Settlement } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SAME_PARTITION } from "../../jobs.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";

const followUp = defineJob("follow-up", { input: anything });

/** The core's queue and worker over the adapter, from end to end. */
export const lifecycleCases: readonly Case[] = [
  defineCase({
    name: "a job goes from its enqueue to its handler and is completed, with an event at each step",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const inputs: unknown[] = [];
      const handler = handle(task, (input) => void inputs.push(input));
      const { status } = await createQueue(harness.adapter, pipeline.options).enqueue(task, { n: 42 });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(inputs, [{ n: 42 }], "what the handler got");
      expectEqual(["created", "sent"].includes(status), true, `the status ${status} is one of a new job`);
      expectEqual(pipeline.types(), ["enqueued", "started", "completed"], "the events");
      await harness.pass(HOUR);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(inputs.length, 1, "how often the handler ran in the end");
    },
  }),

  defineCase({
    name: "every job of many runs once, whatever order they come in",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const seen: unknown[] = [];
      const wanted = Array.from({ length: 120 }, (_, n) => n);
      const answers = await createQueue(harness.adapter, pipeline.options).enqueueMany(
        wanted.map((n) => task.with({ n })),
      );
      expectEqual(answers.length, wanted.length, "the number of answers");
      const handler = handle(task, ({ n }) => void seen.push(n));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(
        [...seen].sort((a, b) => Number(a) - Number(b)),
        wanted,
        "what ran",
      );
      expectEqual(pipeline.count("completed"), wanted.length, "how many were completed");
    },
  }),

  defineCase({
    name: "a handler gets its own copy of the input on every attempt",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const inputs: string[] = [];
      const handler = handle(task, (input) => {
        inputs.push(JSON.stringify(input));
        input["items"] = "changed";
        throw new Error("again");
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, { items: [1, { two: "naïve 👩‍👩‍👧" }] });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(worker);
      await harness.pass(pipeline.newest("failed").delayMs + 1_000);
      await pipeline.drain(worker);
      const expected = JSON.stringify({ items: [1, { two: "naïve 👩‍👩‍👧" }] });
      expectEqual(inputs, [expected, expected], "what the handler got");
    },
  }),

  defineCase({
    name: "a handler knows its job: id, attempt, token, metadata",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const told: unknown[] = [];
      const metadata = { user_id: "42", note: 'naïve 👩‍👩‍👧 "quoted"' };
      const { id } = await createQueue(harness.adapter, pipeline.options).enqueue(task, {}, { metadata });
      const handler = handle(task, (_input, context) => {
        const { attempt, name, queue } = context;
        told.push({ id: context.id, name, queue, attempt, metadata: context.metadata, token: typeof context.token });
      });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(
        told,
        [{ id, name: "task", queue: "default", attempt: 1, metadata, token: "number" }],
        "what the handler knows",
      );
      expectEqual(pipeline.newest("completed").job.metadata, metadata, "the metadata of the event");
    },
  }),

  defineCase({
    name: "a result is stored with the job and read back",
    needs: ["work", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const report = defineJob("report", { input: anything, output: anything });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(report, { month: "2026-01" }, { id: "report:1" });
      const handler = handle(report, ({ month }) => ({ month, rows: [1, 2], note: "naïve" }));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      const job = await queue.get("report:1", report);
      expectEqual(
        [job?.state, job?.input, job?.result],
        ["completed", { month: "2026-01" }, { month: "2026-01", rows: [1, 2], note: "naïve" }],
        "state, input and result",
      );
    },
  }),

  defineCase({
    name: "a job that its definition does not keep is gone once it is completed",
    needs: ["work", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const brief = defineJob("brief", { input: anything, keep: 0 });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(brief, {}, { id: "brief:1" });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(brief, () => {})] });
      await pipeline.drain(worker);
      expectEqual(await queue.get("brief:1"), undefined, "the job");
      const { status } = await queue.enqueue(brief, {}, { id: "brief:1" });
      expectEqual(status, "created", "the next enqueue");
    },
  }),

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
    name: "a second enqueue of an id is told the state of the job that stands",
    fault: "F45",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      const welcome = defineJob("welcome", { input: anything, id: ({ user }) => `welcome:user:${String(user)}` });
      expectEqual(
        await queue.enqueue(welcome, { user: 42 }),
        { id: "welcome:user:42", status: "created" },
        "the first",
      );
      const again = async (): Promise<unknown> => queue.enqueue(welcome, { user: 42 });
      const duplicate = { id: "welcome:user:42", status: "duplicate" };
      expectEqual(await again(), { ...duplicate, state: "enqueued" }, "the second");
      await pipeline.drain(
        createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(welcome, () => {})] }),
      );
      expectEqual(await again(), { ...duplicate, state: "completed" }, "the third");
      expectEqual(pipeline.types(), ["enqueued", "duplicate", "started", "completed", "duplicate"], "the events");
    },
  }),

  defineCase({
    name: "jobs start by priority, and by their enqueue among equals",
    needs: ["Pull", "ordered"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const started: unknown[] = [];
      const order = [5, 9, 0, 5, 1].map((priority, n) =>
        task.with({ n: `${priority}-${n}` }, { priority, ...SAME_PARTITION }),
      );
      await createQueue(harness.adapter, pipeline.options).enqueueMany(order);
      const handlers = [handle(task, ({ n }) => void started.push(n))];
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers, queues: { default: 1 } }));
      expectEqual(started, ["0-2", "1-4", "5-0", "5-3", "9-1"], "the order");
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
