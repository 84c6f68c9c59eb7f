import { createWorker, defineJob, exponential, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, SECOND, newJob } from "../../jobs.ts";
import { anything, gate, newScene, task } from "../../scene.ts";

/** Changes of the time of day must not affect running jobs. Time that passes affects only jobs that nobody runs. */
export const clockCases: readonly Case[] = [
  ...[-HOUR, HOUR].map((jumpMs) =>
    defineCase({
      name: `a running job is healthy when the time of day is set ${jumpMs < 0 ? "back" : "ahead"} by an hour`,
      fault: "F63",
      needs: ["work"],
      async run(kit) {
        let skewMs = 0;
        const scene = newScene(kit, () => skewMs);
        const done = gate();
        const left: number[] = [];
        const handler = handle(defineJob("task", { input: anything, timeout: "2m" }), async (_input, context) => {
          await done.opened;
          left.push(context.remainingMs());
        });
        await kit.adapter.enqueue([newJob("a", { name: "task" })]);
        const driven = scene.drive(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
        await kit.until(() => scene.count("started") === 1, "the handler started");
        skewMs = jumpMs;
        await kit.pass(MINUTE);
        done.open();
        await kit.soon(driven, "the worker was done");
        expectEqual(scene.types(), ["started", "completed"], "the events");
        expectEqual(left, [MINUTE], "the time that was left in the end");
      },
    }),
  ),

  defineCase({
    name: "a job that is out of time by its worker's own count is timed out, whatever the time of day is",
    fault: "F63",
    needs: ["work"],
    async run(kit) {
      let skewMs = 0;
      const scene = newScene(kit, () => skewMs);
      const never = gate();
      const handler = handle(defineJob("task", { input: anything, timeout: "5s" }), (_input, { signal }) => {
        const stopped = new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
        return Promise.race([never.opened, stopped]);
      });
      await kit.adapter.enqueue([newJob("a", { name: "task" })]);
      const driven = scene.drive(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
      await kit.until(() => scene.count("started") === 1, "the handler started");
      skewMs = -HOUR;
      await kit.pass(5 * SECOND);
      await kit.soon(driven, "the worker was done");
      expectEqual(scene.types(), ["started", "failed"], "the events");
    },
  }),

  defineCase({
    name: "no attempt begins later than its policy says, however long nobody was there to begin one",
    needs: ["work"],
    async run(kit) {
      const scene = newScene(kit);
      const retry = exponential({ maxElapsed: "1h" });
      const ran: string[] = [];
      const handler = handle(defineJob("task", { input: anything, retry }), (_input, { id, attempt }) => {
        ran.push(`${id} ${attempt}`);
        if (id === "a") throw new Error("not yet");
      });
      await kit.adapter.enqueue([newJob("a", { name: "task" })]);
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
      expectEqual(scene.count("failed"), 1, "how often it failed");
      await kit.adapter.enqueue([newJob("b", { name: "task" })]);
      await kit.pass(HOUR);
      await kit.adapter.enqueue([newJob("c", { name: "task" })]);
      await kit.pass(MINUTE);
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
      expectEqual([...ran].sort(), ["a 1", "c 1"], "what ran");
      expectEqual(scene.count("dead"), 2, "how many are dead");
      const { message } = scene.newest("dead").failure;
      expect(message.includes("maxElapsed"), `the reason should name the limit, but is ${message}`);
      await kit.pass(DAY);
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
      expectEqual(ran.length, 2, "how often any ran in the end");
    },
  }),

  defineCase({
    name: "a job with more attempts behind it than a deploy allows is dead for that reason: no worker vanished",
    fault: "F20",
    needs: ["work"],
    async run(kit) {
      const scene = newScene(kit);
      const failing = handle(task, () => {
        throw new Error("not yet");
      });
      await kit.adapter.enqueue([newJob("a", { name: "task" })]);
      for (let attempt = 1; attempt <= 3; attempt++) {
        await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [failing] }));
        await kit.pass(HOUR);
      }
      const lowered = handle(defineJob("task", { input: anything, retry: exponential({ attempts: 2 }) }), () => {});
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [lowered] }));
      const { message } = scene.newest("dead").failure;
      expectEqual(message, "3 attempts are spent, and the definition allows 2.", "the reason of its death");
    },
  }),
];
