import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, SAME_PARTITION } from "../../jobs.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";

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
    name: "a handler is told its job's id, attempt, token and metadata",
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
    name: "a job that keeps itself longer or shorter than others of its kind does so",
    needs: ["work", "Inspect", "Prune"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      const keeps = [undefined, 0, "2d"] as const;
      const enqueued = await queue.enqueueMany(keeps.map((keep) => task.with({}, { keep })));
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      const kept = async (): Promise<boolean[]> => {
        await worker.tick();
        const rows = await Promise.all(enqueued.map((ref) => queue.get(ref)));
        return rows.map((found) => found !== undefined);
      };
      await pipeline.drain(worker);
      expectEqual(await kept(), [true, false, true], "which are there once they are completed");
      await harness.pass(DAY + MINUTE);
      expectEqual(await kept(), [false, false, true], "which are there after a day");
      await harness.pass(DAY + MINUTE);
      expectEqual(await kept(), [false, false, false], "which are there after two");
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
];
