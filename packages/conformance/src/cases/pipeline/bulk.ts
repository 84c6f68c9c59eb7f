import { type Job, type Queue, createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import {
  type Progress,
  cancelWhere,
  clear,
  obliterate,
  removeWhere,
  replayWhere,
  runNowWhere,
} from "@longshore/core/bulk";
import type { Adapter, Control, Inspect } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../jobs.ts";
import { type Pipeline, anything, gate, newPipeline, task } from "../../pipeline.ts";

const mail = defineJob("mail", { input: anything, retry: fixed({ attempts: 1, delay: "1m" }) });
const video = defineJob("video", { input: anything, queue: "videos" });

export const bulkCases: readonly Case[] = [
  defineCase({
    name: "what waits and fits a filter is cancelled; what runs is left alone and told, and so is all that does not fit",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const { pipeline, queue, platform } = opened(harness);
      const late = gate();
      const handler = handle(mail, () => late.opened);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const metadata = { user: "7", order: "a" };
      await queue.enqueue(mail, {}, { metadata });
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("started") === 1, "the first job runs");
      await queue.enqueueMany([
        mail.with({}, { metadata, delay: "1h" }),
        mail.with({}, { metadata: { user: "7" }, delay: "1h" }),
        mail.with({}, { metadata: { user: "8" }, delay: "1h" }),
        task.with({}, { metadata, delay: "1h" }),
        mail.with({}, { delay: "1h" }),
      ]);
      const filter = { name: "mail", metadata: { user: "7" } };
      const dry = await cancelWhere(queue, filter, { dryRun: true, platform });
      expectEqual(dry, counts({ matched: 2, running: 1 }), "what a dry run tells");
      expectEqual(
        await states(queue),
        ["active", "delayed", "delayed", "delayed", "delayed", "delayed"],
        "what it did",
      );
      const wet = await cancelWhere(queue, filter, { platform });
      expectEqual(wet, counts({ matched: 2, done: 2, running: 1 }), "what the call tells");
      expectEqual(
        await states(queue),
        ["active", "cancelled", "cancelled", "delayed", "delayed", "delayed"],
        "the states",
      );
      expectEqual(pipeline.count("cancelled"), 2, "the events");
      late.open();
      await harness.soon(driving, "the worker ended");
      expectEqual(pipeline.count("completed"), 1, "how many completed");
    },
  }),

  defineCase({
    name: "a filter's jobs may be removed a few at a time, by the cursor of the call before",
    needs: ["Inspect", "Control"],
    async run(harness) {
      const { queue, platform } = opened(harness);
      await queue.enqueueMany(Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? mail : task).with({ n })));
      const told: Progress[] = [];
      const shown: unknown[] = [];
      let cursor: string | undefined;
      do {
        const call: Progress = await removeWhere(
          queue,
          { name: "task", queue: "default" },
          {
            limit: 3,
            cursor,
            platform,
            onPage: (_soFar, jobs) => void shown.push(...jobs.map(({ name }) => name)),
          },
        );
        told.push(call);
        ({ cursor } = call);
        expect(call.matched <= 3, `a call of 3 at most should match no more, but matched ${call.matched}`);
      } while (cursor !== undefined);
      expectEqual(
        told.reduce((sum, { done }) => sum + done, 0),
        8,
        "how many were removed",
      );
      expectEqual(shown, Array(8).fill("task"), "which were shown");
      expectEqual(
        (await queue.list()).jobs.map(({ name }) => name),
        Array(4).fill("mail"),
        "what is left",
      );
    },
  }),

  defineCase({
    name: "dead letters are replayed by their age and error, no faster than asked, and each once even if it dies again",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const { pipeline, queue, platform } = opened(harness);
      const handler = handle(mail, ({ error }) => {
        throw new Error(String(error));
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const die = async (error: string, times: number): Promise<void> => {
        await queue.enqueueMany(Array.from({ length: times }, () => mail.with({ error })));
        await pipeline.drain(worker);
      };
      await die("503 service unavailable", 5);
      await die("no such user", 1);
      await harness.pass(HOUR);
      await die("503 service unavailable", 1);
      const filter = { name: "mail", error: "503", olderThan: "30m" } as const;
      const started = pipeline.count("started");
      worker.start();
      const replaying = replayWhere(queue, filter, { perSecond: 2, platform });
      // If the case fails before it awaits this, its own error is enough.
      replaying.catch(() => {});
      await harness.until(() => pipeline.count("replayed") === 2, "the first are replayed");
      await harness.pass(SECOND - 1);
      expectEqual(pipeline.count("replayed"), 2, "how many within a second");
      await harness.pass(1);
      await harness.until(() => pipeline.count("replayed") === 4, "the next are replayed");
      await harness.pass(SECOND);
      const told = await harness.soon(replaying, "all are replayed");
      expectEqual(told, counts({ matched: 5, done: 5 }), "what the call tells");
      await harness.pass(MINUTE);
      expectEqual(pipeline.count("started") - started, 5, "how many have run again");
      await harness.soon(worker.stop(), "the worker stopped");
      expectEqual(await states(queue), Array(7).fill("dead"), "the states in the end");
    },
  }),

  defineCase({
    name: "a replay leaves cancelled jobs alone unless they are asked for",
    needs: ["Inspect", "Control"],
    async run(harness) {
      const { queue, platform } = opened(harness);
      await queue.enqueueMany([mail.with({}), mail.with({})]);
      await cancelWhere(queue, { name: "mail" }, { platform });
      expectEqual(await replayWhere(queue, { name: "mail" }, { platform }), counts({}), "a replay without states");
      const told = await replayWhere(queue, { state: "cancelled" }, { platform });
      expectEqual(told, counts({ matched: 2, done: 2 }), "a replay of cancelled jobs");
      expectEqual(await states(queue), ["enqueued", "enqueued"], "the states");
    },
  }),

  defineCase({
    name: "jobs that wait for their time are made due now by a filter, and those that are due are not touched",
    needs: ["Inspect", "Control"],
    async run(harness) {
      const { pipeline, queue, platform } = opened(harness);
      await queue.enqueueMany([mail.with({}, { delay: "1h" }), mail.with({}), task.with({}, { delay: "1h" })]);
      const told = await runNowWhere(queue, { name: "mail" }, { platform });
      expectEqual(told, counts({ matched: 1, done: 1 }), "what the call tells");
      expectEqual(
        [await states(queue), pipeline.count("ranNow")],
        [["delayed", "enqueued", "enqueued"], 1],
        "the states",
      );
    },
  }),

  defineCase({
    name: "a queue that is cleared has no waiting jobs any more, and one that is obliterated has none",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const { pipeline, queue, platform } = opened(harness);
      const late = gate();
      const handlers = [handle(video, ({ slow }) => (slow === true ? late.opened : undefined))];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers });
      await queue.enqueueMany([video.with({}), video.with({ slow: true }), task.with({})]);
      worker.start();
      await harness.until(() => pipeline.count("completed") === 1 && pipeline.count("started") === 2, "one runs");
      await queue.pause("videos");
      await queue.enqueueMany([video.with({}), video.with({}, { delay: "1h" })]);
      expectEqual(await clear(queue, "videos", { platform }), counts({ matched: 2, done: 2 }), "what clear tells");
      expectEqual(await states(queue, "videos"), ["active", "completed"], "what it leaves");
      await queue.enqueue(video, {});
      const told = await obliterate(queue, "videos", { confirm: "videos", platform });
      expectEqual(told, counts({ matched: 3, done: 3 }), "what obliterate tells");
      expectEqual([await states(queue, "videos"), await states(queue)], [[], ["enqueued"]], "what is left");
      expectEqual(pipeline.count("cancelled"), 1, "how many running ones it cancelled");
      await harness.pass(MINUTE);
      expectEqual(pipeline.count("leaseLost"), 1, "how many runs were told that they lost their lease");
      late.open();
      await harness.soon(worker.stop(), "the worker stopped");
      await harness.pass(DAY);
      expectEqual(await states(queue, "videos"), [], "what comes back");
    },
  }),
];

function opened(harness: Harness<"Inspect" | "Control">): {
  readonly pipeline: Pipeline;
  readonly queue: Queue<Adapter & Inspect & Control>;
  readonly platform: Pipeline["options"]["platform"];
} {
  const pipeline = newPipeline(harness);
  const { platform } = pipeline.options;
  return { pipeline, platform, queue: createQueue(harness.adapter, pipeline.options) };
}

function counts(some: Partial<Progress>): Progress {
  return { matched: 0, done: 0, running: 0, refused: 0, cursor: undefined, ...some };
}

async function states(queue: Queue<Adapter & Inspect & Control>, name?: string): Promise<readonly Job["state"][]> {
  return (await queue.list({ queue: name })).jobs.map(({ state }) => state).sort();
}
