import { createQueue, createWorker, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual, expectRejection } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { claim, enqueue, ids, stateOf } from "../../jobs.ts";
import { newPipeline, task } from "../../pipeline.ts";

/** Lost replies, failed calls, and calls without an answer. */
export const lostReplyCases: readonly Case[] = [
  defineCase({
    name: "an enqueue whose reply was lost is repeated with its id, and there is one job",
    fault: "F48",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const queue = createQueue(harness.adapter, newPipeline(harness).options);
      harness.fault("enqueue", "lostReply");
      await expectRejection(() => queue.enqueue(task, { n: 1 }, { id: "a" }), "an enqueue without a reply");
      const { status } = await queue.enqueue(task, { n: 1 }, { id: "a" });
      expectEqual(status, "duplicate", "the status of the repetition");
      expectEqual(ids(await claim(harness, 9)), ["a"], "what came of it");
    },
  }),

  defineCase({
    name: "an enqueue that never reached the backend is repeated with its id, and there is one job",
    fault: "F48",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const queue = createQueue(harness.adapter, newPipeline(harness).options);
      harness.fault("enqueue", "refused");
      await expectRejection(() => queue.enqueue(task, { n: 1 }, { id: "a" }), "an enqueue that was refused");
      const { status } = await queue.enqueue(task, { n: 1 }, { id: "a" });
      expectEqual(status, "created", "the status of the repetition");
      expectEqual(ids(await claim(harness, 9)), ["a"], "what came of it");
    },
  }),

  defineCase({
    name: "when settling fails only the settlement is repeated, and not the handler",
    fault: "F32",
    needs: ["work"],
    async run(harness) {
      const { pipeline, runs } = await runWith(harness, () => harness.fault("settle", "refused", 3));
      expectEqual(runs(), 1, "how often the handler ran");
      expectEqual(pipeline.types(), ["enqueued", "started", "completed"], "the events");
    },
  }),

  defineCase({
    name: "a settlement whose reply was lost counts once and has one event",
    fault: "F91",
    needs: ["work"],
    async run(harness) {
      const { pipeline, runs, worker } = await runWith(harness, () => harness.fault("settle", "lostReply", 2));
      expectEqual(runs(), 1, "how often the handler ran");
      expectEqual(pipeline.types(), ["enqueued", "started", "completed"], "the events");
      await harness.pass(2 * harness.adapter.traits.leaseMs);
      await pipeline.drain(worker);
      expectEqual(runs(), 1, "how often the handler ran in the end");
    },
  }),

  defineCase({
    name: "a job whose failure cannot be stored comes again when its lease is over, and the worker goes on",
    fault: "F28",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      let runs = 0;
      const handler = handle(task, () => {
        if (++runs === 1) throw new Error("the first attempt fails");
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {}, { id: "a" });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      harness.fault("settle", "refused", 1_000);
      const driving = pipeline.drive(worker);
      await harness.until(() => runs === 1, "the handler ran");
      await harness.pass(2 * leaseMs);
      await harness.soon(driving, "the worker ended");
      expectEqual(pipeline.count("failed"), 0, "failures told without having been recorded");
      harness.heal();
      await harness.pass(2 * leaseMs);
      await pipeline.drain(worker);
      expectEqual([runs, pipeline.newest("completed").attempt], [2, 2], "runs, and the attempt that completed it");
      expectEqual(await stateOf(harness, "a"), "completed", "the state");
    },
  }),

  defineCase({
    name: "a job whose claim got no reply is stuck for no longer than a lease",
    fault: "F91",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      await enqueue(harness, ["a"], { name: "task" });
      harness.fault("claim", "lostReply");
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      const draining = worker.drain();
      await harness.pass(leaseMs);
      await harness.soon(draining, "the first drain ended");
      await harness.soon(worker.drain(), "the second drain ended");
      expectEqual(pipeline.types(), ["stalled", "started", "completed"], "the events");
      expectEqual(pipeline.newest("completed").attempt, 2, "the attempt");
    },
  }),

  defineCase({
    name: "a claim that is never answered stops a worker for no longer than a lease",
    fault: "F64",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      await enqueue(harness, ["a"], { name: "task" });
      harness.fault("claim", "hung");
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      worker.start();
      await harness.pass(2 * leaseMs);
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),
];

/** Runs one job while something goes wrong that recovers with time. */
async function runWith(harness: Harness<"work">, goWrong: () => void) {
  const pipeline = newPipeline(harness);
  let count = 0;
  const handler = handle(task, () => void count++);
  await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
  const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
  goWrong();
  const driving = pipeline.drive(worker);
  await harness.until(() => count === 1, "the handler ran");
  await harness.pass(5_000);
  await harness.soon(driving, "the worker ended");
  return { pipeline, worker, runs: () => count };
}
