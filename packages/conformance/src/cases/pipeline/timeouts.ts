import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SECOND } from "../../jobs.ts";
import { anything, gate, newPipeline, task } from "../../pipeline.ts";
import { withoutNotify } from "../../wrapped-adapter.ts";

export const timeoutCases: readonly Case[] = [
  defineCase({
    name: "a handler that stops at its signal fails at its timeout and is retried",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const reasons: unknown[] = [];
      const handler = handle(task, (_input, { signal, attempt }) => {
        if (attempt > 1) return undefined;
        return new Promise<void>((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reasons.push(Reflect.get(signal.reason, "code"));
            reject(signal.reason);
          });
        });
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      await harness.pass(MINUTE - 1);
      expectEqual(pipeline.count("failed"), 0, "how often it failed just before its timeout");
      await harness.pass(1);
      await harness.soon(driving, "the worker ended");
      expectEqual(reasons, ["timeout"], "why the handler was stopped");
      await harness.pass(pipeline.newest("failed").delayMs + SECOND);
      await pipeline.drain(worker);
      expectEqual(pipeline.newest("completed").attempt, 2, "the attempt that completed it");
    },
  }),

  defineCase({
    name: "a job with a shorter timeout of its own fails at that, and others of its kind do not",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      const end = gate();
      const handler = handle(task, ({ own }, { signal }) => {
        if (own !== true) return end.opened;
        return new Promise<void>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      });
      await queue.enqueue(task, { own: true }, { timeout: "20s" });
      await queue.enqueue(task, { own: false });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("started") === 2, "both handlers started");
      await harness.pass(20 * SECOND - 1);
      expectEqual(pipeline.count("failed"), 0, "how many failed just before it");
      await harness.pass(1);
      expectEqual(pipeline.count("failed"), 1, "how many failed at it");
      end.open();
      await harness.soon(driving, "the worker ended");
      expectEqual(pipeline.count("completed"), 1, "how many are completed");
    },
  }),

  defineCase({
    name: "a handler that ignores its signal is settled at its timeout, and what it does later changes nothing",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const late = gate();
      const handler = handle(task, (_input, { attempt }) => (attempt === 1 ? late.opened : undefined));
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      await harness.pass(MINUTE);
      expectEqual(pipeline.count("failed"), 1, "how often it failed at its timeout");
      await harness.pass(10 * SECOND);
      await harness.soon(driving, "the worker gave the handler up");
      late.open();
      await harness.idle();
      expectEqual(pipeline.count("completed"), 0, "how often the late handler completed it");
      await harness.pass(pipeline.newest("failed").delayMs + SECOND);
      await pipeline.drain(worker);
      expectEqual(pipeline.newest("completed").attempt, 2, "the attempt that completed it");
    },
  }),

  defineCase({
    name: "a worker with as many abandoned handlers as slots claims no more and says so, until one returns",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const stuck = gate();
      const queue = createQueue(harness.adapter, pipeline.options);
      const handler = handle(task, ({ n }) => (n === 1 ? stuck.opened : undefined));
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handler],
        queues: { default: 1 },
      });
      await queue.enqueue(task, { n: 1 });
      worker.start();
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      await harness.pass(MINUTE + 10 * SECOND);
      expectEqual(pipeline.newest("saturated").abandoned, 1, "how many are abandoned");
      const claims = harness.calls.filter(({ verb }) => verb === "claim").length;
      await queue.enqueue(task, { n: 2 });
      await harness.pass(10 * SECOND);
      expectEqual(harness.calls.filter(({ verb }) => verb === "claim").length, claims, "how often it claimed");
      stuck.open();
      await harness.until(
        () => pipeline.count("completed") >= 1,
        "the other job was run once the handler had returned",
      );
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a drain that runs out of time gives back what it runs, without spending an attempt",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, {}, { id: "a" });
      const handler = handle(task, (_input, { signal }) => {
        return new Promise<void>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const draining = worker.drain({ budget: "20s" });
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      await harness.pass(20 * SECOND);
      await harness.soon(draining, "the drain ended when its budget was over");
      const job = await queue.get("a");
      expectEqual([job?.state, job?.attempt, job?.failures], ["enqueued", 0, []], "state, attempts and failures");
      await harness.pass(HOUR);
      expectEqual(pipeline.count("started"), 1, "how often it was started by the drain");
    },
  }),

  defineCase({
    name: "the slot of a handler that was timed out is used as soon as it returns",
    fault: "F148",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, {});
      await queue.enqueue(task, {});
      const late = gate();
      const options = { ...pipeline.options, handlers: [handle(task, () => late.opened)], poll: "10h" } as const;
      const worker = createWorker(withoutNotify(harness.adapter), { ...options, queues: { default: 1 } });
      worker.start();
      await harness.pass(MINUTE + SECOND);
      expectEqual(pipeline.count("started"), 1, "how many were started while the first kept the slot");
      late.open();
      await harness.until(() => pipeline.count("started") === 2, "the second was started when the first had returned");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "the slot of an abandoned handler is used at once",
    fault: "F148",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      const busy = defineJob("busy", { input: anything, timeout: "10m" });
      for (const definition of [busy, task, task]) await queue.enqueue(definition, {});
      const forever = (): Promise<void> => new Promise(() => {});
      const handlers = [handle(busy, forever), handle(task, forever)];
      const options = { ...pipeline.options, handlers, poll: "10h" } as const;
      const worker = createWorker(withoutNotify(harness.adapter), { ...options, queues: { default: 2 } });
      worker.start();
      await harness.pass(MINUTE);
      expectEqual(pipeline.count("started"), 2, "how many were started while both slots were used");
      await harness.pass(10 * SECOND);
      await harness.until(() => pipeline.count("started") === 3, "the third was started when the second was abandoned");
      const stopping = worker.stop({ grace: 0 });
      await harness.pass(MINUTE);
      await harness.soon(stopping, "the worker stopped");
    },
  }),
];
