import { createQueue, createWorker, defineJob, every, handle, schedule } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SECOND, enqueue } from "../../jobs.ts";
import { anything, gate, newPipeline, task } from "../../pipeline.ts";
import { withoutNotify } from "../../wrapped-adapter.ts";

/** The long-running loop: when it polls, when it sleeps, what it survives. */
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
    name: "a worker whose adapter calls no listeners finds jobs by polling",
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
    name: "jobs that wait for a slot do not make their worker poll more often",
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
    name: "an idle worker makes few calls",
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
    name: "a worker that is started and drained is still woken by its adapter",
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
];
