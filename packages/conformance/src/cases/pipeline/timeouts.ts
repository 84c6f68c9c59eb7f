import { createQueue, createWorker, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SECOND } from "../../jobs.ts";
import { gate, newScene, task } from "../../scene.ts";

export const timeoutCases: readonly Case[] = [
  defineCase({
    name: "a handler that heeds its signal fails at its timeout and is retried",
    needs: ["work"],
    async run(kit) {
      const scene = newScene(kit);
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
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
      const driving = scene.drive(worker);
      await kit.until(() => scene.count("started") === 1, "the handler started");
      await kit.pass(MINUTE - 1);
      expectEqual(scene.count("failed"), 0, "how often it failed just before its timeout");
      await kit.pass(1);
      await kit.soon(driving, "the worker ended");
      expectEqual(reasons, ["timeout"], "why the handler was stopped");
      await kit.pass(scene.newest("failed").delayMs + SECOND);
      await scene.drain(worker);
      expectEqual(scene.newest("completed").attempt, 2, "the attempt that completed it");
    },
  }),

  defineCase({
    name: "a handler that ignores its signal is settled at its timeout, and what it does later changes nothing",
    needs: ["work"],
    async run(kit) {
      const scene = newScene(kit);
      const late = gate();
      const handler = handle(task, (_input, { attempt }) => (attempt === 1 ? late.opened : undefined));
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
      const driving = scene.drive(worker);
      await kit.until(() => scene.count("started") === 1, "the handler started");
      await kit.pass(MINUTE);
      expectEqual(scene.count("failed"), 1, "how often it failed at its timeout");
      await kit.pass(10 * SECOND);
      await kit.soon(driving, "the worker gave the handler up");
      late.open();
      await kit.idle();
      expectEqual(scene.count("completed"), 0, "how often the late handler completed it");
      await kit.pass(scene.newest("failed").delayMs + SECOND);
      await scene.drain(worker);
      expectEqual(scene.newest("completed").attempt, 2, "the attempt that completed it");
    },
  }),

  defineCase({
    name: "a worker with as many abandoned handlers as slots claims no more and says so, until one returns",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      const stuck = gate();
      const queue = createQueue(kit.adapter, scene.options);
      const handler = handle(task, ({ n }) => (n === 1 ? stuck.opened : undefined));
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler], queues: { default: 1 } });
      await queue.enqueue(task, { n: 1 });
      worker.start();
      await kit.until(() => scene.count("started") === 1, "the handler started");
      await kit.pass(MINUTE + 10 * SECOND);
      expectEqual(scene.newest("saturated").abandoned, 1, "how many are abandoned");
      const claims = kit.calls.filter(({ verb }) => verb === "claim").length;
      await queue.enqueue(task, { n: 2 });
      await kit.pass(10 * SECOND);
      expectEqual(kit.calls.filter(({ verb }) => verb === "claim").length, claims, "how often it claimed");
      stuck.open();
      await kit.until(() => scene.count("completed") >= 1, "the other job was run once the handler had returned");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a drain that runs out of time gives back what it runs, without spending an attempt",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      const scene = newScene(kit);
      const queue = createQueue(kit.adapter, scene.options);
      await queue.enqueue(task, {}, { id: "a" });
      const handler = handle(task, (_input, { signal }) => {
        return new Promise<void>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      });
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
      const draining = worker.drain({ budget: "20s" });
      await kit.until(() => scene.count("started") === 1, "the handler started");
      await kit.pass(20 * SECOND);
      await kit.soon(draining, "the drain ended when its budget was over");
      const job = await queue.get("a");
      expectEqual([job?.state, job?.attempt, job?.failures], ["enqueued", 0, []], "state, attempts and failures");
      await kit.pass(HOUR);
      expectEqual(scene.count("started"), 1, "how often it was started by the drain");
    },
  }),
];
