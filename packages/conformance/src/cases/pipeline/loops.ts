import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { HOUR, MINUTE, SECOND, enqueue, row, stateOf } from "../../jobs.ts";
import { anything, gate, newScene, task } from "../../scene.ts";

/** The long-running loop: when it polls, when it sleeps, how it stops. */
export const loopCases: readonly Case[] = [
  defineCase({
    name: "a sleeping worker is woken by an enqueue and starts the job at once",
    needs: ["Pull", "Notify"],
    async run(kit) {
      const scene = newScene(kit);
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})], poll: "1h" });
      worker.start();
      await kit.idle();
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      await kit.until(() => scene.count("completed") === 1, "the job was completed without time passing");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker that hears nothing finds jobs by looking now and then",
    fault: "F88",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      // An adapter without `onWake`: its prototype chain ends before the adapter.
      const deaf = new Proxy(kit.adapter, {
        get: (target, key) => (key === "onWake" ? undefined : Reflect.get(target, key)),
      });
      const worker = createWorker(deaf, { ...scene.options, handlers: [handle(task, () => {})] });
      worker.start();
      await kit.idle();
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      await kit.pass(10 * SECOND);
      await kit.until(() => scene.count("completed") === 1, "the job was completed");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker that sleeps until a job is due starts it on time",
    fault: "F58",
    needs: ["Pull", "Wake"],
    async run(kit) {
      const scene = newScene(kit);
      await createQueue(kit.adapter, scene.options).enqueue(task, {}, { delay: "45m" });
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})], poll: "10h" });
      worker.start();
      await kit.pass(45 * MINUTE - SECOND);
      expectEqual(scene.count("started"), 0, "how often it was started before");
      await kit.pass(SECOND);
      await kit.until(() => scene.count("completed") === 1, "the job was completed");
      expectEqual(scene.newest("started").waitedMs, 0, "how long it waited once it was due");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "what waits for a slot does not keep its worker awake",
    fault: "F149",
    needs: ["Pull", "Wake"],
    async run(kit) {
      const scene = newScene(kit);
      const { opened, open } = gate();
      const rare = defineJob("rare", { input: anything, queue: "rare" });
      const handlers = [handle(task, () => opened), handle(rare, () => {})];
      const worker = createWorker(kit.adapter, { ...scene.options, handlers, queues: { default: 1, rare: 1 } });
      const queue = createQueue(kit.adapter, scene.options);
      await queue.enqueueMany([task.with({}), task.with({})]);
      worker.start();
      await kit.until(() => scene.count("started") === 1, "the only slot was taken");
      const before = kit.calls.length;
      await kit.pass(20 * SECOND);
      const made = kit.calls.length - before;
      // A poll each 5 s and a renewal each 10 s.
      expect(made <= 40, `20 s with a full queue took ${made} calls`);
      open();
      await kit.until(() => scene.count("completed") === 2, "both jobs were completed");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "an idle worker asks little of its backend",
    fault: "F149",
    needs: ["Pull", "Wake"],
    async run(kit) {
      const scene = newScene(kit);
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})] });
      await enqueue(kit, ["later"], { due: { inMs: 10 * HOUR } });
      worker.start();
      await kit.pass(10 * MINUTE);
      // A poll each 5 s makes two calls, claim and dueInMs; a prune each minute makes a third.
      expect(kit.calls.length <= 330, `ten minutes of idleness took ${kit.calls.length} calls`);
      expect(kit.calls.length >= 10, `ten minutes of idleness took only ${kit.calls.length} calls`);
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a stop lets running handlers finish within the grace period, and claims no more",
    fault: "F70",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => done.opened)] });
      const queue = createQueue(kit.adapter, scene.options);
      await queue.enqueue(task, {}, { id: "a" });
      worker.start();
      await kit.until(() => scene.count("started") === 1, "the handler started");
      const stopping = worker.stop({ grace: "1m" });
      await queue.enqueue(task, {}, { id: "b" });
      await kit.pass(20 * SECOND);
      done.open();
      await kit.soon(stopping, "the worker stopped");
      expectEqual([await stateOf(kit, "a"), await stateOf(kit, "b")], ["completed", "enqueued"], "the states");
      expectEqual(scene.count("started"), 1, "how many were started");
    },
  }),

  defineCase({
    name: "a stop gives back what was claimed and not started, without spending an attempt",
    fault: "F71",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      const { leaseMs } = kit.adapter.traits;
      await enqueue(kit, ["a", "b"], { name: "task" });
      const claimed = await kit.adapter.claim({ queues: [{ name: "default", limit: 2 }], leaseMs });
      const handlers = [handle(task, () => done.opened)];
      const worker = createWorker(kit.adapter, { ...scene.options, handlers, queues: { default: 1 } });
      worker.start();
      const running = worker.run(claimed);
      await kit.until(() => scene.count("started") === 1, "the first handler started");
      const stopping = worker.stop({ grace: "10s" });
      await kit.until(() => scene.count("snoozed") === 1, "the second job was given back");
      const [first, second] = claimed.map(({ id }) => id);
      const { state, attempt } = await row(kit, second ?? "");
      expectEqual({ state, attempt }, { state: "enqueued", attempt: 0 }, "the job that was given back");
      done.open();
      await kit.soon(Promise.all([stopping, running]), "the worker stopped");
      expectEqual(await stateOf(kit, first ?? ""), "completed", "the state of the job that ran");
    },
  }),

  defineCase({
    name: "a stop gives back what outlives the grace period, without spending an attempt",
    fault: "F74",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      const scene = newScene(kit);
      const reasons: unknown[] = [];
      const never = gate();
      const handler = handle(task, (_input, { signal }) => {
        signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
        return never.opened;
      });
      const queue = createQueue(kit.adapter, scene.options);
      await queue.enqueue(task, {}, { id: "a" });
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handler] });
      worker.start();
      await kit.until(() => scene.count("started") === 1, "the handler started");
      const stopping = worker.stop({ grace: "5s" });
      await kit.pass(5 * SECOND - 1);
      expectEqual(reasons, [], "why the handler was stopped within its grace period");
      await kit.pass(1);
      expectEqual(reasons, ["shutdown"], "why the handler was stopped");
      await kit.pass(5 * SECOND);
      const { state, attempt, failures } = await row(kit, "a");
      expectEqual({ state, attempt, failures }, { state: "enqueued", attempt: 0, failures: [] }, "the job");
      // The handler never returns, so the worker may wait until it gives it up.
      await kit.pass(20 * SECOND);
      await kit.soon(stopping, "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker can be started and stopped in any order, and twice",
    fault: "F73",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})] });
      await kit.soon(worker.stop(), "a worker that was never started stopped");
      worker.start();
      worker.start();
      await kit.soon(Promise.all([worker.stop(), worker.stop()]), "both calls of stop ended");
      await kit.soon(worker.stop(), "a third call of stop ended");
      worker.start();
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      await kit.pass(10 * SECOND);
      await kit.until(() => scene.count("completed") === 1, "the job was run by the worker that was started again");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker survives a backend that fails for a while",
    fault: "F88",
    needs: ["Pull"],
    async run(kit) {
      const scene = newScene(kit);
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})] });
      for (const verb of ["claim", "prune", "dueInMs"] as const) kit.fault(verb, "refused", 100);
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      worker.start();
      await kit.pass(MINUTE);
      expectEqual(scene.count("started"), 0, "how often it was started while the backend was away");
      kit.heal();
      await kit.pass(MINUTE);
      await kit.until(() => scene.count("completed") === 1, "the job was completed once the backend was back");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),

  defineCase({
    name: "a worker that is started and drained goes on hearing its backend",
    fault: "F58",
    needs: ["Pull", "Notify"],
    async run(kit) {
      const scene = newScene(kit);
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(task, () => {})], poll: "1h" });
      worker.start();
      await kit.idle();
      await kit.soon(worker.drain(), "the drain ended");
      await createQueue(kit.adapter, scene.options).enqueue(task, {});
      await kit.until(() => scene.count("completed") === 1, "the job was run as soon as it was there");
      await kit.soon(worker.stop(), "the worker stopped");
    },
  }),
];
