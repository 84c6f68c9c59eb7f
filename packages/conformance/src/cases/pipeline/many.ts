import { type OneOfMany, createQueue, createWorker, defineJob, fixed, handleMany, snooze } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, SECOND } from "../../jobs.ts";
import { type Pipeline, anything, newPipeline } from "../../pipeline.ts";
import type { Harness } from "../../harness.ts";

const line = defineJob("line", { input: anything, retry: fixed({ attempts: 2, delay: "1m" }) });

export const manyCases: readonly Case[] = [
  defineCase({
    name: "a handler of many jobs is called when it is full, and with fewer when the first of them has waited",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const calls: number[] = [];
      const handler = handleMany(line, { size: 2, wait: "20s" }, async (jobs) => {
        calls.push(jobs.length);
        return fulfilled(jobs);
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await enqueueLines(harness, pipeline, [{}, {}, {}, {}, {}]);
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("completed") === 4, "the full calls were answered");
      expectEqual(calls, [2, 2], "the calls before any time has passed");
      await harness.pass(20 * SECOND - 1);
      expectEqual(calls, [2, 2], "the calls just before the wait is over");
      await harness.pass(1);
      await harness.soon(driving, "the worker ended");
      expectEqual(calls, [2, 2, 1], "the calls in the end");
      expectEqual(pipeline.count("completed"), 5, "how many are completed");
    },
  }),

  defineCase({
    name: "each job that a handler runs together with others has the outcome that was returned for it",
    fault: "F34",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const handler = handleMany(line, { size: 10, wait: "1s" }, (jobs) =>
        Promise.allSettled(
          jobs.map(async ({ input }) => {
            if (input["n"] === 1) throw new Error("the service refused it");
            if (input["n"] === 2) throw snooze("5m");
          }),
        ),
      );
      await enqueueLines(harness, pipeline, [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
      await gather(harness, pipeline, createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(
        [pipeline.count("completed"), pipeline.count("failed"), pipeline.count("snoozed")],
        [2, 1, 1],
        "how many are completed, have failed, are snoozed",
      );
      expectEqual(pipeline.newest("failed").failure.message, "the service refused it", "the failure");
      expectEqual(pipeline.newest("snoozed").delayMs, 5 * MINUTE, "the snooze");
    },
  }),

  defineCase({
    name: "a handler of many jobs that throws fails all of them, and each has its own attempts",
    fault: "F34",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const seen: unknown[] = [];
      const handler = handleMany(line, { size: 10, wait: "1s" }, async (jobs) => {
        seen.push(...jobs.map(({ input, context }) => `${String(input["n"])}: ${context.attempt}`));
        throw new Error("the service is down");
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await enqueueLines(harness, pipeline, [{ n: 1 }, { n: 2 }]);
      await gather(harness, pipeline, worker);
      expectEqual(pipeline.count("failed"), 2, "how many have failed");
      await harness.pass(2 * MINUTE);
      await enqueueLines(harness, pipeline, [{ n: 3 }]);
      await gather(harness, pipeline, worker);
      expectEqual(seen.sort(), ["1: 1", "1: 2", "2: 1", "2: 2", "3: 1"], "the attempts");
      expectEqual(
        [pipeline.count("failed"), pipeline.count("dead")],
        [3, 2],
        "how often any failed, how many are dead",
      );
    },
  }),

  defineCase({
    name: "a job for which a handler of many jobs answers nothing has failed, and says so",
    fault: "F34",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const handler = handleMany(line, { size: 10, wait: "1s" }, async (jobs) => fulfilled(jobs).slice(1));
      await enqueueLines(harness, pipeline, [{}]);
      await gather(harness, pipeline, createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      const { message } = pipeline.newest("failed").failure;
      expectEqual(/nothing for job 1 of 1/.test(message), true, `the failure "${message}" says which job`);
      expectEqual(pipeline.count("completed"), 0, "how many are completed");
    },
  }),

  defineCase({
    name: "a job whose time is up while it waits for others has failed, and is not among those that are run",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const ran: unknown[] = [];
      const handler = handleMany(line, { size: 10, wait: "20s" }, async (jobs) => {
        ran.push(...jobs.map(({ input }) => input["n"]));
        return fulfilled(jobs);
      });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueueMany([line.with({ n: 1 }, { timeout: "5s" }), line.with({ n: 2 })]);
      const driving = pipeline.drive(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      await harness.pass(5 * SECOND);
      expectEqual(pipeline.count("failed"), 1, "how many have failed");
      await harness.pass(20 * SECOND);
      await harness.soon(driving, "the worker ended");
      expectEqual([ran, pipeline.count("completed")], [[2], 1], "which were run, how many are completed");
    },
  }),

  defineCase({
    name: "jobs that wait for others when their worker stops are given back, and it costs them no attempt",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const attempts: number[] = [];
      const handler = handleMany(line, { size: 2, wait: "20s" }, async (jobs) => {
        attempts.push(...jobs.map(({ context }) => context.attempt));
        return fulfilled(jobs);
      });
      const options = { ...pipeline.options, handlers: [handler] };
      const first = createWorker(harness.adapter, options);
      await enqueueLines(harness, pipeline, [{}]);
      first.start();
      await harness.until(() => pipeline.count("started") === 1, "the first job waits");
      await harness.soon(first.stop({ grace: 0 }), "the worker stopped");
      expectEqual([attempts, pipeline.count("snoozed")], [[], 1], "the attempts, how many were given back");
      await enqueueLines(harness, pipeline, [{}]);
      await harness.pass(SECOND);
      await gather(harness, pipeline, createWorker(harness.adapter, options));
      expectEqual(attempts, [1, 1], "the attempts in the end");
    },
  }),
];

function fulfilled(jobs: readonly OneOfMany[]): PromiseFulfilledResult<void>[] {
  return jobs.map(() => ({ status: "fulfilled", value: undefined }));
}

async function enqueueLines(
  harness: Harness,
  { options }: Pipeline,
  inputs: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  await createQueue(harness.adapter, options).enqueueMany(inputs.map((input) => line.with(input)));
}

/** Runs due jobs through a worker whose handler gathers them, however they were delivered. */
async function gather(harness: Harness, pipeline: Pipeline, worker: Parameters<Pipeline["drive"]>[0]): Promise<void> {
  const driving = pipeline.drive(worker);
  let ended = false;
  void driving.finally(() => (ended = true)).catch(() => {});
  // A delivery of several batches waits in each of them.
  for (let batch = 0; batch < 10 && !ended; batch++) await harness.pass(20 * SECOND);
  await harness.soon(driving, "the worker ran all that was due");
}
