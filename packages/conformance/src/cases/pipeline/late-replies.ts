import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, SECOND, claim, claimOne, enqueue } from "../../jobs.ts";
import { type Gate, anything, gate, newPipeline, task } from "../../pipeline.ts";
import { delayCalls, delayReplies, withoutNotify } from "../../wrapped-adapter.ts";

const long = defineJob("task", { input: anything, timeout: "10m" });

/** Collects why each waiting handler was told to stop. */
function waiting(done: Gate) {
  const reasons: unknown[] = [];
  const handler = handle(long, (_input, { signal }) => {
    signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
    return done.opened;
  });
  return { handler, reasons };
}

export const lateReplyCases: readonly Case[] = [
  defineCase({
    name: "a renewal whose answer is late holds from when it was sent, not from when it was answered",
    fault: "F11",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      const [answered, done] = [gate(), gate()];
      const { handler, reasons } = waiting(done);
      await enqueue(harness, ["a"], { name: "task" });
      const claimed = await claimOne(harness, "a");
      const late = delayReplies(harness.adapter, "renew", answered.opened);
      const running = createWorker(late, { ...pipeline.options, handlers: [handler] }).run([claimed]);
      // Sent after a third of the lease; answered before the next one would be sent.
      await harness.pass(leaseMs / 3 + leaseMs / 4);
      harness.fault("renew", "refused", 100);
      answered.open();
      await harness.pass((3 * leaseMs) / 4 - SECOND);
      expectEqual(reasons, [], "why it was stopped while the lease still held");
      await harness.pass(2 * SECOND);
      expectEqual(reasons, ["lease_lost"], "why it was stopped a lease after the renewal was sent");
      done.open();
      await harness.soon(running, "the run ended");
    },
  }),

  defineCase({
    name: "a claim whose answer is late holds from when it was sent, not from when it was answered",
    fault: "F11",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      const [answered, done] = [gate(), gate()];
      const { handler, reasons } = waiting(done);
      await enqueue(harness, ["a"], { name: "task" });
      harness.fault("renew", "refused", 100);
      const late = delayReplies(harness.adapter, "claim", answered.opened);
      const worker = createWorker(late, { ...pipeline.options, handlers: [handler], queues: { default: 1 } });
      worker.start();
      await harness.pass(leaseMs / 2);
      answered.open();
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      await harness.pass(leaseMs / 2 - SECOND);
      expectEqual(reasons, [], "why it was stopped while the lease still held");
      await harness.pass(2 * SECOND);
      expectEqual(reasons, ["lease_lost"], "why it was stopped a lease after the claim was sent");
      done.open();
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "jobs of a claim that was answered too late are given back, without spending an attempt",
    fault: "F91",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const answered = gate();
      await enqueue(harness, ["a"], { name: "task" });
      const late = delayReplies(harness.adapter, "claim", answered.opened);
      const worker = createWorker(late, { ...pipeline.options, handlers: [handle(task, () => {})] });
      worker.start();
      await harness.pass(harness.adapter.traits.leaseMs);
      answered.open();
      await harness.idle();
      await harness.pass(SECOND);
      await harness.until(() => pipeline.count("completed") === 1, "the job was completed");
      await harness.soon(worker.stop(), "the worker stopped");
      expectEqual(pipeline.types(), ["started", "completed"], "the events");
      expectEqual(pipeline.newest("completed").attempt, 1, "the attempt that completed it");
    },
  }),

  defineCase({
    name: "a renewal that fails is tried again, and the handler hears nothing of it",
    fault: "F28",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      const done = gate();
      const { handler, reasons } = waiting(done);
      await enqueue(harness, ["a"], { name: "task" });
      const claimed = await claimOne(harness, "a");
      const running = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }).run([claimed]);
      harness.fault("renew", "refused");
      harness.fault("renew", "lostReply");
      await harness.pass(2 * leaseMs);
      done.open();
      await harness.soon(running, "the run ended");
      expectEqual(reasons, [], "why the handler was stopped");
      expectEqual(pipeline.types(), ["started", "completed"], "the events");
    },
  }),

  defineCase({
    name: "a handler that returns while its timeout is being settled changes nothing",
    fault: "F145",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const late = gate();
      let runs = 0;
      const handler = handle(task, () => (++runs === 1 ? late.opened : undefined));
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      harness.fault("settle", "lostReply");
      await harness.pass(MINUTE);
      late.open();
      await harness.idle();
      await harness.pass(SECOND);
      await harness.soon(driving, "the worker ended");
      expectEqual([pipeline.count("completed"), pipeline.count("failed")], [0, 1], "what it was told to have come to");
      await harness.pass(pipeline.newest("failed").delayMs + SECOND);
      await pipeline.drain(worker);
      expectEqual([runs, pipeline.count("completed")], [2, 1], "how often it ran, and how often it was completed");
    },
  }),

  defineCase({
    name: "jobs that end together are settled together, and each gets its own answer",
    fault: "F34",
    needs: ["Pull", "Control"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      await enqueue(harness, ["a", "b", "c"], { name: "task" });
      const claimed = await claim(harness, 3);
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(task, () => done.opened)],
      });
      const running = worker.run(claimed);
      await harness.adapter.cancel([{ id: "b" }]);
      done.open();
      await harness.soon(running, "the batch was run");
      const ends = pipeline.events.flatMap((event) =>
        event.type === "completed" || event.type === "leaseLost" ? [`${event.type} ${event.job.id}`] : [],
      );
      expectEqual(ends.sort(), ["completed a", "completed c", "leaseLost b"], "how each of them ended");
    },
  }),

  defineCase({
    name: "a claim that two workers run is completed by the first and lost to the other",
    fault: "F91",
    needs: ["Pull", "fenced"],
    async run(harness) {
      const scenes = [newPipeline(harness), newPipeline(harness)];
      await enqueue(harness, ["a"], { name: "task" });
      const claimed = await claimOne(harness, "a");
      for (const { options } of scenes) {
        const worker = createWorker(harness.adapter, { ...options, handlers: [handle(task, () => {})] });
        await harness.soon(worker.run([claimed]), "the run ended");
      }
      const told = scenes.map((pipeline) => pipeline.types());
      expectEqual(
        told,
        [
          ["started", "completed"],
          ["started", "leaseLost"],
        ],
        "the events of each",
      );
    },
  }),

  defineCase({
    name: "while settlements are not answered, a worker holds at most as many jobs again as it has slots",
    fault: "F85",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await enqueue(harness, ["a", "b", "c", "d", "e"], { name: "task" });
      harness.fault("settle", "refused", 1_000);
      const handlers = [handle(task, () => {})];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers, queues: { default: 2 } });
      worker.start();
      await harness.pass(SECOND);
      // Wakes the worker up, when its handlers have long returned.
      await enqueue(harness, ["f"], { name: "task" });
      await harness.pass(5 * SECOND);
      expectEqual(pipeline.count("started"), 4, "how many were started while the backend did not answer");
      harness.heal();
      await harness.pass(15 * SECOND);
      await harness.until(() => pipeline.count("completed") === 6, "all were completed once it answered");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker claims into the slots of jobs whose settlements are on their way",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await enqueue(harness, ["a", "b", "c", "d"], { name: "task" });
      const answered = gate();
      const late = delayReplies(harness.adapter, "settle", answered.opened);
      const worker = createWorker(late, {
        ...pipeline.options,
        handlers: [handle(task, () => {})],
        queues: { default: 2 },
      });
      worker.start();
      await harness.until(() => pipeline.count("started") === 4, "the next two were started before an answer came");
      expectEqual(pipeline.count("completed"), 0, "how many settlements were answered");
      answered.open();
      await harness.until(() => pipeline.count("completed") === 4, "all were completed");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a retry is run on time even if the next claim overtook its settlement and the backend never calls",
    fault: "F58",
    needs: ["Pull", "Wake"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const flaky = defineJob("task", { input: anything, retry: fixed({ delay: "10s", jitter: 0, attempts: 2 }) });
      const handler = handle(flaky, (_input, { attempt }) => {
        if (attempt === 1) throw new Error("not yet");
      });
      // The claim that follows the attempt is answered before the settlement, and sees the job leased.
      const answered = gate();
      const settled = delayCalls(harness.adapter, "settle", answered.opened);
      const worker = createWorker(withoutNotify(settled), { ...pipeline.options, handlers: [handler], poll: "10h" });
      await createQueue(harness.adapter, pipeline.options).enqueue(flaky, {});
      worker.start();
      await harness.idle();
      answered.open();
      await harness.idle();
      await harness.pass(10 * SECOND);
      await harness.until(() => pipeline.count("completed") === 1, "the retry was run on time");
      await harness.soon(worker.stop(), "the worker stopped");
    },
  }),
];
