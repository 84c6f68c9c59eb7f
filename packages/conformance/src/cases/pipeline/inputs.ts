import { type Handler, type Schema, createQueue, createWorker, defineJob, handle, snooze } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, newJob } from "../../jobs.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";

/** How an input travels: it is validated once, and is the same on every attempt. */
export const inputCases: readonly Case[] = [
  defineCase({
    name: "a handler gets what the schema made of the input, the same on every attempt, and the schema is asked once",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      let asked = 0;
      const input = made((text: string) => ({ value: `${text} ${++asked}` }));
      const task = defineJob("task", { input, version: "1" });
      const seen: string[] = [];
      const handler = handle(task, (text, { attempt }) => {
        seen.push(text);
        if (attempt < 3) throw new Error("again");
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, "drawn");
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      for (const before of [1, 2]) {
        await pipeline.drain(worker);
        expectEqual(seen.length, before, "how often it ran");
        await harness.pass(pipeline.newest("failed").delayMs + 1_000);
      }
      await pipeline.drain(worker);
      expectEqual(seen, ["drawn 1", "drawn 1", "drawn 1"], "what the handler got");
      expectEqual(asked, 1, "how often the schema was asked");
    },
  }),

  defineCase({
    name: "a worker whose schema refuses an input snoozes the job, for a version that accepts it",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const newer = defineJob("task", { input: anything, version: "2" });
      const older = defineJob("task", { input: refusing, version: "1" });
      await createQueue(harness.adapter, pipeline.options).enqueue(newer, { colour: "canary" });
      const attempts: number[] = [];
      const run = (_input: unknown, { attempt }: { readonly attempt: number }): void => void attempts.push(attempt);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(older, run)] }));
      expectEqual(attempts, [], "what ran in the older worker");
      const { reason = "" } = pipeline.newest("snoozed");
      expectEqual(
        [reason.includes("colour"), reason.includes("canary")],
        [true, false],
        "whether place, and value, are told",
      );
      await harness.pass(MINUTE);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(newer, run)] }));
      expectEqual(attempts, [1], "the attempts in the end");
    },
  }),

  defineCase({
    name: "the day for which a job waits for a worker that can run it counts all reasons together, and starts anew after an attempt",
    fault: "F06",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const older = defineJob("task", { input: refusing, version: "older" });
      const workerOf = (handler: Handler) =>
        createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const handler = handle(task, () => Promise.reject(snooze("1h")));
      const ignorant = workerOf({ ...handler, definition: { ...task, name: "other" } });
      const unfit = workerOf(handle(older, () => {}));
      const refusedFor = async (ms: number): Promise<void> => {
        for (let passed = 0; passed < ms; passed += HOUR) {
          await pipeline.drain((passed / HOUR) % 2 === 0 ? ignorant : unfit);
          await harness.pass(HOUR);
        }
      };
      await harness.adapter.enqueue([newJob("a", { name: "task" })]);
      await refusedFor(20 * HOUR);
      await pipeline.drain(workerOf(handler));
      await harness.pass(HOUR);
      await refusedFor(24 * HOUR);
      expectEqual(pipeline.count("dead"), 0, "how often it died within a day of the attempt");
      await pipeline.drain(unfit);
      expectEqual(pipeline.count("dead"), 1, "how often it died after that");
    },
  }),

  defineCase({
    name: "a job whose input every schema refuses for a day is a dead letter that names the place, and quotes nothing",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await harness.adapter.enqueue([newJob("a", { name: "task", payload: '{"colour":"canary"}' })]);
      const strict = defineJob("task", { input: refusing });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(strict, () => {})] });
      for (let passed = 0; passed < DAY; passed += 10 * MINUTE) {
        await pipeline.drain(worker);
        expectEqual(pipeline.count("dead"), 0, "how often it died within the day");
        await harness.pass(10 * MINUTE);
      }
      await pipeline.drain(worker);
      const { message } = pipeline.newest("dead").failure;
      expect(message.includes("colour"), `the reason should name the place: ${message}`);
      expect(!JSON.stringify(pipeline.events).includes("canary"), "no event should quote the input");
    },
  }),

  defineCase({
    name: "a job whose result does not fit its schema is a dead letter at once, and does not run again",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const painted = defineJob("task", { input: anything, output: refusing });
      await createQueue(harness.adapter, pipeline.options).enqueue(painted, {});
      let runs = 0;
      const handler = handle(painted, () => {
        runs++;
        return { colour: "canary" };
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(worker);
      const { message } = pipeline.newest("dead").failure;
      expectEqual(
        [message.includes("colour"), message.includes("canary")],
        [true, false],
        "whether place, and value, are told",
      );
      await harness.pass(DAY);
      await pipeline.drain(worker);
      expectEqual(runs, 1, "how often the work was done");
    },
  }),
];

type Checked<Output> = ReturnType<Schema<Output>["~standard"]["validate"]>;

function made<Output>(validate: (value: never) => Checked<Output>): Schema<Output> {
  // The types of `enqueue` make sure that it gets what it expects.
  return {
    "~standard": { version: 1, vendor: "longshore", validate: validate as (value: unknown) => Checked<Output> },
  };
}

/** It quotes what it refuses, as validators do. */
const refusing: typeof anything = made(({ colour }: { readonly colour?: unknown }) => ({
  issues: [{ message: `expected another colour than ${String(colour)}`, path: ["colour"] }],
}));
