import { createWorker, every, handle, nonRetryable, retryAfter, schedule, snooze } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, SECOND, enqueue } from "../../jobs.ts";
import { gate, newPipeline, task } from "../../pipeline.ts";

export const shutdownCases: readonly Case[] = [
  defineCase({
    name: "a stop is over once what it gives back is settled, also where that takes more than one try",
    fault: "F70",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const never = gate();
      await enqueue(harness, ["a"], { name: "task" });
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => never.opened)],
      });
      worker.start();
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      harness.fault("settle", "refused", 2);
      const stopping = worker.stop({ grace: 0 }).then(() => pipeline.count("snoozed"));
      await harness.pass(2 * SECOND);
      expectEqual(await harness.soon(stopping, "the stop was over"), 1, "how many had been given back when it was");
    },
  }),

  defineCase({
    name: "a worker that was started twice is stopped by one stop",
    fault: "F73",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      worker.start();
      worker.start();
      await harness.idle();
      await harness.soon(worker.stop(), "the worker stopped");
      await enqueue(harness, ["a"], { name: "task" });
      await harness.pass(MINUTE);
      expectEqual(pipeline.count("started"), 0, "what it ran after its stop");
      worker.start();
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed once it was started again");
      await harness.soon(worker.stop(), "the worker stopped again");
    },
  }),

  defineCase({
    name: "a second stop waits for what the first waits for",
    fault: "F73",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      await enqueue(harness, ["a"], { name: "task" });
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => done.opened)],
      });
      worker.start();
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      const stops = [worker.stop(), worker.stop()].map((stop) => stop.then(() => pipeline.count("completed")));
      await harness.idle();
      done.open();
      expectEqual(await harness.soon(Promise.all(stops), "both stops were over"), [1, 1], "what was completed by then");
    },
  }),

  defineCase({
    name: "a worker whose ticks fail goes on with its jobs",
    fault: "F64",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const schedules = [schedule("hourly", every("1h"), task.with({}))];
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => {})],
        schedules,
      });
      harness.fault("declare", "refused", 1_000);
      worker.start();
      await harness.pass(MINUTE);
      await enqueue(harness, ["a"], { name: "task" });
      await harness.pass(10 * SECOND);
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed");
      await harness.soon(worker.stop(), "the worker stopped");
      const state = await harness.adapter.declare([]).then(String, () => "refused");
      expectEqual(state, "refused", "what a tick is after as many as a pause between them allows");
    },
  }),

  ...Object.entries({
    dead: nonRetryable("the account is closed"),
    snoozed: snooze("1h"),
    failed: retryAfter("1h", "too many requests"),
  }).map(([event, verdict]) =>
    defineCase({
      name: `what a handler says of its job counts when the worker stops, too: ${event}`,
      fault: "F71",
      needs: ["Pull"],
      async run(harness) {
        const pipeline = newPipeline(harness);
        const handler = handle(
          task,
          (_input, { signal }) =>
            new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(verdict))),
        );
        await enqueue(harness, ["a"], { name: "task" });
        const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
        worker.start();
        await harness.until(() => pipeline.count("started") === 1, "the handler started");
        await harness.soon(worker.stop({ grace: 0 }), "the worker stopped");
        expectEqual(pipeline.types(), ["started", event], "the events");
        const [again] = await harness.adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: MINUTE });
        expectEqual(again, undefined, "what is due at once");
      },
    }),
  ),

  defineCase({
    name: "a stop ends a drain, too, and gives its handlers their time",
    fault: "F73",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      await enqueue(harness, ["a", "b"], { name: "task" });
      const handlers = [handle(task, () => done.opened)];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers, queues: { default: 1 } });
      const drained = worker.drain();
      await harness.until(() => pipeline.count("started") === 1, "the first handler started");
      const stopped = worker.stop({ grace: "1m" });
      await harness.pass(SECOND);
      done.open();
      await harness.soon(stopped, "the worker stopped");
      const { completed, claimed } = await harness.soon(drained, "the drain ended");
      expectEqual([completed, claimed], [1, 1], "what was completed, and claimed");
    },
  }),
];
