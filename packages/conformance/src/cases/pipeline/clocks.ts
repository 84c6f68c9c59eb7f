import { createWorker, defineJob, exponential, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, SECOND, newJob } from "../../jobs.ts";
import { anything, gate, newPipeline, task } from "../../pipeline.ts";

/** Changes of the time of day must not affect running jobs. Time that passes affects only jobs that nobody runs. */
export const clockCases: readonly Case[] = [
  ...[-HOUR, HOUR].map((jumpMs) =>
    defineCase({
      name: `a running job is not harmed when the time of day is set ${jumpMs < 0 ? "back" : "ahead"} by an hour`,
      fault: "F63",
      needs: ["work"],
      async run(harness) {
        let skewMs = 0;
        const pipeline = newPipeline(harness, () => skewMs);
        const done = gate();
        const left: number[] = [];
        const handler = handle(defineJob("task", { input: anything, timeout: "2m" }), async (_input, context) => {
          await done.opened;
          left.push(context.remainingMs());
        });
        await harness.adapter.enqueue([newJob("a", { name: "task" })]);
        const driven = pipeline.drive(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
        await harness.until(() => pipeline.count("started") === 1, "the handler started");
        skewMs = jumpMs;
        await harness.pass(MINUTE);
        done.open();
        await harness.soon(driven, "the worker was done");
        expectEqual(pipeline.types(), ["started", "completed"], "the events");
        expectEqual(left, [MINUTE], "the time that was left in the end");
      },
    }),
  ),

  defineCase({
    name: "a timeout is measured by the worker's monotonic clock, whatever the time of day is",
    fault: "F63",
    needs: ["work"],
    async run(harness) {
      let skewMs = 0;
      const pipeline = newPipeline(harness, () => skewMs);
      const never = gate();
      const handler = handle(defineJob("task", { input: anything, timeout: "5s" }), (_input, { signal }) => {
        const stopped = new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
        return Promise.race([never.opened, stopped]);
      });
      await harness.adapter.enqueue([newJob("a", { name: "task" })]);
      const driven = pipeline.drive(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      skewMs = -HOUR;
      await harness.pass(5 * SECOND);
      await harness.soon(driven, "the worker was done");
      expectEqual(pipeline.types(), ["started", "failed"], "the events");
    },
  }),

  defineCase({
    name: "no attempt begins later than its policy allows, however long no worker ran",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const retry = exponential({ maxElapsed: "1h" });
      const ran: string[] = [];
      const handler = handle(defineJob("task", { input: anything, retry }), (_input, { id, attempt }) => {
        ran.push(`${id} ${attempt}`);
        if (id === "a") throw new Error("not yet");
      });
      await harness.adapter.enqueue([newJob("a", { name: "task" })]);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(pipeline.count("failed"), 1, "how often it failed");
      await harness.adapter.enqueue([newJob("b", { name: "task" })]);
      await harness.pass(HOUR);
      await harness.adapter.enqueue([newJob("c", { name: "task" })]);
      await harness.pass(MINUTE);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual([...ran].sort(), ["a 1", "c 1"], "what ran");
      expectEqual(pipeline.count("dead"), 2, "how many are dead");
      const { message } = pipeline.newest("dead").failure;
      expect(message.includes("maxElapsed"), `the reason should name the limit, but is ${message}`);
      await harness.pass(DAY);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(ran.length, 2, "how often any ran in the end");
    },
  }),

  defineCase({
    name: "a job that has had more attempts than its new policy allows is dead for that reason, and not for a lost worker",
    fault: "F20",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const failing = handle(task, () => {
        throw new Error("not yet");
      });
      // Its own limit, of four, gives it no more than the policy does.
      await harness.adapter.enqueue([newJob("a", { name: "task", headers: { v: "1", a: "4" } })]);
      for (let attempt = 1; attempt <= 3; attempt++) {
        await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [failing] }));
        await harness.pass(HOUR);
      }
      const lowered = handle(defineJob("task", { input: anything, retry: exponential({ attempts: 2 }) }), () => {});
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [lowered] }));
      const { message } = pipeline.newest("dead").failure;
      expectEqual(
        message,
        "3 attempts are spent, and the job has 2; attempt 4 only found that, and ran nothing.",
        "the reason of its death",
      );
    },
  }),
];
