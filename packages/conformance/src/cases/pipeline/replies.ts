import { createQueue, createWorker, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual, expectRejection } from "../../expect.ts";
import type { Kit } from "../../kit.ts";
import { claim, enqueue, ids, stateOf } from "../../jobs.ts";
import { newScene, task } from "../../scene.ts";

/** Lost replies, failed calls, and calls without an answer. */
export const replyCases: readonly Case[] = [
  defineCase({
    name: "an enqueue whose reply was lost is repeated with its id, and there is one job",
    fault: "F48",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      const queue = createQueue(kit.adapter, newScene(kit).options);
      kit.fault("enqueue", "lostReply");
      await expectRejection(() => queue.enqueue(task, { n: 1 }, { id: "a" }), "an enqueue without a reply");
      const { status } = await queue.enqueue(task, { n: 1 }, { id: "a" });
      expectEqual(status, "duplicate", "the status of the repetition");
      expectEqual(ids(await claim(kit, 9)), ["a"], "what came of it");
    },
  }),

  defineCase({
    name: "an enqueue that never reached the backend is repeated with its id, and there is one job",
    fault: "F48",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      const queue = createQueue(kit.adapter, newScene(kit).options);
      kit.fault("enqueue", "refused");
      await expectRejection(() => queue.enqueue(task, { n: 1 }, { id: "a" }), "an enqueue that was refused");
      const { status } = await queue.enqueue(task, { n: 1 }, { id: "a" });
      expectEqual(status, "created", "the status of the repetition");
      expectEqual(ids(await claim(kit, 9)), ["a"], "what came of it");
    },
  }),

  defineCase({
    name: "when settling fails only the settlement is repeated, and not the handler",
    fault: "F32",
    needs: ["work"],
    async run(kit) {
      const { scene, runs } = await runWith(kit, () => kit.fault("settle", "refused", 3));
      expectEqual(runs(), 1, "how often the handler ran");
      expectEqual(scene.types(), ["enqueued", "started", "completed"], "the events");
    },
  }),

  defineCase({
    name: "a settlement whose reply was lost counts once and is told once",
    fault: "F91",
    needs: ["work"],
    async run(kit) {
      const { scene, runs, worker } = await runWith(kit, () => kit.fault("settle", "lostReply", 2));
      expectEqual(runs(), 1, "how often the handler ran");
      expectEqual(scene.types(), ["enqueued", "started", "completed"], "the events");
      await kit.pass(2 * kit.adapter.traits.leaseMs);
      await scene.drain(worker);
      expectEqual(runs(), 1, "how often the handler ran in the end");
    },
  }),

  defineCase({
    name: "a failure whose record cannot be written is retried when the lease is over, and the worker lives on",
    fault: "F28",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      let runs = 0;
      const handler = handle(task, () => {
        if (++runs === 1) throw new Error("the first attempt fails");
      });
      await createQueue(kit.adapter, scene.options).enqueue(task, {}, { id: "a" });
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
      kit.fault("settle", "refused", 1_000);
      const driving = scene.drive(worker);
      await kit.until(() => runs === 1, "the handler ran");
      await kit.pass(2 * leaseMs);
      await kit.soon(driving, "the worker ended");
      expectEqual(scene.count("failed"), 0, "failures told without having been recorded");
      kit.heal();
      await kit.pass(2 * leaseMs);
      await scene.drain(worker);
      expectEqual([runs, scene.newest("completed").attempt], [2, 2], "runs, and the attempt that completed it");
      expectEqual(await stateOf(kit, "a"), "completed", "the state");
    },
  }),

  defineCase({
    name: "a job whose claim got no reply is stuck for no longer than a lease",
    fault: "F91",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      await enqueue(kit, ["a"], { name: "task" });
      kit.fault("claim", "lostReply");
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})] });
      const draining = worker.drain();
      await kit.pass(leaseMs);
      await kit.soon(draining, "the first drain ended");
      await kit.soon(worker.drain(), "the second drain ended");
      expectEqual(scene.types(), ["stalled", "started", "completed"], "the events");
      expectEqual(scene.newest("completed").attempt, 2, "the attempt");
    },
  }),

  defineCase({
    name: "a claim that nobody answers holds a worker up for no longer than a lease",
    fault: "F64",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      await enqueue(kit, ["a"], { name: "task" });
      kit.fault("claim", "hung");
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})] });
      worker.start();
      await kit.pass(2 * leaseMs);
      await kit.until(() => scene.count("completed") === 1, "the job was completed");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),
];

/** Runs one job while something goes wrong that recovers with time. */
async function runWith(kit: Kit<"work">, goWrong: () => void) {
  const scene = newScene(kit);
  let count = 0;
  const handler = handle(task, () => void count++);
  await createQueue(kit.adapter, scene.options).enqueue(task, {});
  const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
  goWrong();
  const driving = scene.drive(worker);
  await kit.until(() => count === 1, "the handler ran");
  await kit.pass(5_000);
  await kit.soon(driving, "the worker ended");
  return { scene, worker, runs: () => count };
}
