import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SECOND, enqueue, row, stateOf } from "../../jobs.ts";
import { anything, gate, newPipeline, task, withoutNotify } from "../../pipeline.ts";

/** The long-running loop: when it polls, when it sleeps, how it stops. */
export const workerLoopCases: readonly Case[] = [
  defineCase({
    name: "a sleeping worker is woken by an enqueue and starts the job at once",
    needs: ["Pull", "Notify"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => {})],
        poll: "1h",
      });
      worker.start();
      await harness.idle();
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed without time passing");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker that hears nothing finds jobs by looking now and then",
    fault: "F88",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(withoutNotify(harness.adapter), {
        ...pipeline.options,
        handlers: [handle(task, () => {})],
      });
      worker.start();
      await harness.idle();
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      await harness.pass(10 * SECOND);
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker that sleeps until a job is due starts it on time",
    fault: "F58",
    needs: ["Pull", "Wake"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {}, { delay: "45m" });
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => {})],
        poll: "10h",
      });
      worker.start();
      await harness.pass(45 * MINUTE - SECOND);
      expectEqual(pipeline.count("started"), 0, "how often it was started before");
      await harness.pass(SECOND);
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed");
      expectEqual(pipeline.newest("started").waitedMs, 0, "how long it waited once it was due");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "what waits for a slot does not keep its worker awake",
    fault: "F149",
    needs: ["Pull", "Wake"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { opened, open } = gate();
      const rare = defineJob("rare", { input: anything, queue: "rare" });
      const handlers = [handle(task, () => opened), handle(rare, () => {})];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers, queues: { default: 1, rare: 1 } });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueueMany([task.with({}), task.with({})]);
      worker.start();
      await harness.until(() => pipeline.count("started") === 1, "the only slot was taken");
      const before = harness.calls.length;
      await harness.pass(20 * SECOND);
      const made = harness.calls.length - before;
      // A poll each 5 s and a renewal each 10 s.
      expect(made <= 40, `20 s with a full queue took ${made} calls`);
      open();
      await harness.until(() => pipeline.count("completed") === 2, "both jobs were completed");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "an idle worker asks little of its backend",
    fault: "F149",
    needs: ["Pull", "Wake"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      await enqueue(harness, ["later"], { due: { inMs: 10 * HOUR } });
      worker.start();
      await harness.pass(10 * MINUTE);
      // A poll each 5 s makes two calls, claim and dueInMs; a prune each minute makes a third.
      expect(harness.calls.length <= 330, `ten minutes of idleness took ${harness.calls.length} calls`);
      expect(harness.calls.length >= 10, `ten minutes of idleness took only ${harness.calls.length} calls`);
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

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
    name: "a worker survives a backend that fails for a while",
    fault: "F88",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      for (const verb of ["claim", "prune", "dueInMs"] as const) harness.fault(verb, "refused", 100);
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      worker.start();
      await harness.pass(MINUTE);
      expectEqual(pipeline.count("started"), 0, "how often it was started while the backend was away");
      harness.heal();
      await harness.pass(MINUTE);
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed once the backend was back");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker that is started and drained goes on hearing its backend",
    fault: "F58",
    needs: ["Pull", "Notify"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => {})],
        poll: "1h",
      });
      worker.start();
      await harness.idle();
      await harness.soon(worker.drain(), "the drain ended");
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      await harness.until(() => pipeline.count("completed") === 1, "the job was run as soon as it was there");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),
];
