import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, SECOND, claim, claimOne, enqueue } from "../../jobs.ts";
import { type Gate, anything, gate, newScene, task, withheld } from "../../scene.ts";

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
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      const [answered, done] = [gate(), gate()];
      const { handler, reasons } = waiting(done);
      await enqueue(kit, ["a"], { name: "task" });
      const claimed = await claimOne(kit, "a");
      const late = withheld(kit.adapter, "renew", answered.opened);
      const running = createWorker(late, { ...scene.options, handlers: [handler] }).run([claimed]);
      // Sent after a third of the lease; answered before the next one would be sent.
      await kit.pass(leaseMs / 3 + leaseMs / 4);
      kit.fault("renew", "refused", 100);
      answered.open();
      await kit.pass((3 * leaseMs) / 4 - SECOND);
      expectEqual(reasons, [], "why it was stopped while the lease still held");
      await kit.pass(2 * SECOND);
      expectEqual(reasons, ["lease_lost"], "why it was stopped a lease after the renewal was sent");
      done.open();
      await kit.soon(running, "the run ended");
    },
  }),

  defineCase({
    name: "a claim whose answer is late holds from when it was sent, not from when it was answered",
    fault: "F11",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      const [answered, done] = [gate(), gate()];
      const { handler, reasons } = waiting(done);
      await enqueue(kit, ["a"], { name: "task" });
      kit.fault("renew", "refused", 100);
      const late = withheld(kit.adapter, "claim", answered.opened);
      const worker = createWorker(late, { ...scene.options, handlers: [handler], queues: { default: 1 } });
      worker.start();
      await kit.pass(leaseMs / 2);
      answered.open();
      await kit.until(() => scene.count("started") === 1, "the handler started");
      await kit.pass(leaseMs / 2 - SECOND);
      expectEqual(reasons, [], "why it was stopped while the lease still held");
      await kit.pass(2 * SECOND);
      expectEqual(reasons, ["lease_lost"], "why it was stopped a lease after the claim was sent");
      done.open();
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a claim that is answered after its worker gave it up is given back, without spending an attempt",
    fault: "F91",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      const answered = gate();
      await enqueue(kit, ["a"], { name: "task" });
      const late = withheld(kit.adapter, "claim", answered.opened);
      const worker = createWorker(late, { ...scene.options, handlers: [handle(task, () => {})] });
      worker.start();
      await kit.pass(kit.adapter.traits.leaseMs);
      answered.open();
      await kit.idle();
      await kit.pass(SECOND);
      await kit.until(() => scene.count("completed") === 1, "the job was completed");
      await kit.soon(worker.stop(), "the worker stopped");
      expectEqual(scene.types(), ["started", "completed"], "the events");
      expectEqual(scene.newest("completed").attempt, 1, "the attempt that completed it");
    },
  }),

  defineCase({
    name: "a renewal that fails is tried again, and the handler hears nothing of it",
    fault: "F28",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      const done = gate();
      const { handler, reasons } = waiting(done);
      await enqueue(kit, ["a"], { name: "task" });
      const claimed = await claimOne(kit, "a");
      const running = createWorker(kit.adapter, { ...scene.options, handlers: [handler] }).run([claimed]);
      kit.fault("renew", "refused");
      kit.fault("renew", "lostReply");
      await kit.pass(2 * leaseMs);
      done.open();
      await kit.soon(running, "the run ended");
      expectEqual(reasons, [], "why the handler was stopped");
      expectEqual(scene.types(), ["started", "completed"], "the events");
    },
  }),

  defineCase({
    name: "a handler that returns while its timeout is being settled changes nothing",
    fault: "F145",
    needs: ["work"],
    async run(kit) {
      const scene = newScene(kit);
      const late = gate();
      let runs = 0;
      const handler = handle(task, () => (++runs === 1 ? late.opened : undefined));
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
      const driving = scene.drive(worker);
      await kit.until(() => scene.count("started") === 1, "the handler started");
      kit.fault("settle", "lostReply");
      await kit.pass(MINUTE);
      late.open();
      await kit.idle();
      await kit.pass(SECOND);
      await kit.soon(driving, "the worker ended");
      expectEqual([scene.count("completed"), scene.count("failed")], [0, 1], "what it was told to have come to");
      await kit.pass(scene.newest("failed").delayMs + SECOND);
      await scene.drain(worker);
      expectEqual([runs, scene.count("completed")], [2, 1], "how often it ran, and how often it was completed");
    },
  }),

  defineCase({
    name: "jobs that end together are settled together, and each hears its own answer",
    fault: "F34",
    needs: ["Pull", "Control"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      await enqueue(kit, ["a", "b", "c"], { name: "task" });
      const claimed = await claim(kit, 3);
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => done.opened)] });
      const running = worker.run(claimed);
      await kit.adapter.cancel([{ id: "b" }]);
      done.open();
      await kit.soon(running, "the batch was run");
      const ends = scene.events.flatMap((event) =>
        event.type === "completed" || event.type === "leaseLost" ? [`${event.type} ${event.job.id}`] : [],
      );
      expectEqual(ends.sort(), ["completed a", "completed c", "leaseLost b"], "how each of them ended");
    },
  }),

  defineCase({
    name: "a claim that two workers run is completed by the first and lost to the other",
    fault: "F91",
    needs: ["Pull", "fenced"],
    async run(kit) {
      const scenes = [newScene(kit), newScene(kit)];
      await enqueue(kit, ["a"], { name: "task" });
      const claimed = await claimOne(kit, "a");
      for (const { options } of scenes) {
        const worker = createWorker(kit.adapter, { ...options, handlers: [handle(task, () => {})] });
        await kit.soon(worker.run([claimed]), "the run ended");
      }
      const told = scenes.map((scene) => scene.types());
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
    name: "jobs whose settlement is not answered keep their slots, so that a worker never holds more than it has",
    fault: "F85",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      await enqueue(kit, ["a", "b", "c", "d", "e"], { name: "task" });
      kit.fault("settle", "refused", 1_000);
      const handlers = [handle(task, () => {})];
      const worker = createWorker(kit.adapter, { ...scene.options, handlers, queues: { default: 2 } });
      worker.start();
      await kit.pass(SECOND);
      // Wakes the worker up, when its handlers have long returned.
      await enqueue(kit, ["f"], { name: "task" });
      await kit.pass(5 * SECOND);
      expectEqual(scene.count("started"), 2, "how many were started while the backend did not answer");
      kit.heal();
      await kit.pass(15 * SECOND);
      await kit.until(() => scene.count("completed") === 6, "all were completed once it answered");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),
];
