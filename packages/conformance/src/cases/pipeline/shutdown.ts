import { createQueue, createWorker, handle, nonRetryable, retryAfter, snooze } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, SECOND, enqueue, row, stateOf } from "../../jobs.ts";
import { gate, newPipeline, task } from "../../pipeline.ts";

/** What a stop waits for, gives back and ends. */
export const shutdownCases: readonly Case[] = [
  defineCase({
    name: "a stop lets running handlers finish within the grace period, and claims no more",
    fault: "F70",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => done.opened)],
      });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, {}, { id: "a" });
      worker.start();
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      const stopping = worker.stop({ grace: "1m" });
      await queue.enqueue(task, {}, { id: "b" });
      await harness.pass(20 * SECOND);
      done.open();
      await harness.soon(stopping, "the worker stopped");
      expectEqual([await stateOf(harness, "a"), await stateOf(harness, "b")], ["completed", "enqueued"], "the states");
      expectEqual(pipeline.count("started"), 1, "how many were started");
    },
  }),

  defineCase({
    name: "a stop gives back what was claimed and not started, without spending an attempt",
    fault: "F71",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      const { leaseMs } = harness.adapter.traits;
      await enqueue(harness, ["a", "b"], { name: "task" });
      const claimed = await harness.adapter.claim({ queues: [{ name: "default", limit: 2 }], leaseMs });
      const handlers = [handle(task, () => done.opened)];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers, queues: { default: 1 } });
      worker.start();
      const running = worker.run(claimed);
      await harness.until(() => pipeline.count("started") === 1, "the first handler started");
      const stopping = worker.stop({ grace: "10s" });
      await harness.until(() => pipeline.count("snoozed") === 1, "the second job was given back");
      const [first, second] = claimed.map(({ id }) => id);
      const { state, attempt } = await row(harness, second ?? "");
      expectEqual({ state, attempt }, { state: "enqueued", attempt: 0 }, "the job that was given back");
      done.open();
      await harness.soon(Promise.all([stopping, running]), "the worker stopped");
      expectEqual(await stateOf(harness, first ?? ""), "completed", "the state of the job that ran");
    },
  }),

  defineCase({
    name: "a stop gives back what outlives the grace period, without spending an attempt",
    fault: "F74",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const reasons: unknown[] = [];
      const never = gate();
      const handler = handle(task, (_input, { signal }) => {
        signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
        return never.opened;
      });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, {}, { id: "a" });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      worker.start();
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      const stopping = worker.stop({ grace: "5s" });
      await harness.pass(5 * SECOND - 1);
      expectEqual(reasons, [], "why the handler was stopped within its grace period");
      await harness.pass(1);
      expectEqual(reasons, ["shutdown"], "why the handler was stopped");
      await harness.pass(5 * SECOND);
      const { state, attempt, failures } = await row(harness, "a");
      expectEqual({ state, attempt, failures }, { state: "enqueued", attempt: 0, failures: [] }, "the job");
      // The handler never returns, so the worker may wait until it gives it up.
      await harness.pass(20 * SECOND);
      await harness.soon(stopping, "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker can be started and stopped in any order, and twice",
    fault: "F73",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      await harness.soon(worker.stop(), "a worker that was never started stopped");
      worker.start();
      worker.start();
      await harness.soon(Promise.all([worker.stop(), worker.stop()]), "both calls of stop ended");
      await harness.soon(worker.stop(), "a third call of stop ended");
      worker.start();
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      await harness.pass(10 * SECOND);
      await harness.until(
        () => pipeline.count("completed") === 1,
        "the job was run by the worker that was started again",
      );
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a stop is over once the jobs that it gives back are settled, even if that takes several tries",
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

  ...Object.entries({
    dead: nonRetryable("the account is closed"),
    snoozed: snooze("1h"),
    failed: retryAfter("1h", "too many requests"),
  }).map(([event, verdict]) =>
    defineCase({
      name: `the error that a handler throws decides its job also while the worker stops: ${event}`,
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
