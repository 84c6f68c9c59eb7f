import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claimOne, enqueue, row } from "../../jobs.ts";
import { anything, gate, newScene, task } from "../../scene.ts";

const long = defineJob("task", { input: anything, timeout: "10m" });
const fleeting = defineJob("task", { input: anything, timeout: "10m", keep: 0 });

export const workerLeaseCases: readonly Case[] = [
  defineCase({
    name: "a worker keeps the lease of a job for as long as its handler runs",
    needs: ["Pull", "Renew", "unique"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      await createQueue(kit.adapter, scene.options).enqueue(long, {}, { id: "a" });
      const worker = createWorker(kit.adapter, { ...scene.options, handlers: [handle(long, () => done.opened)] });
      const driving = scene.drive(worker);
      await kit.until(() => scene.count("started") === 1, "the handler started");
      const { leaseMs } = kit.adapter.traits;
      for (let passed = 0; passed < 4 * leaseMs; passed += leaseMs / 3) {
        await kit.pass(leaseMs / 3);
        const other = await kit.adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs });
        expectEqual(other, [], "what another worker gets meanwhile");
      }
      done.open();
      await kit.soon(driving, "the worker ended");
      expectEqual(scene.types(), ["enqueued", "started", "completed"], "the events");
    },
  }),

  defineCase({
    name: "jobs that wait for a slot keep their leases, too",
    fault: "F13",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      await enqueue(kit, ["a", "b", "c"], { name: "task" });
      const claimed = await kit.adapter.claim({ queues: [{ name: "default", limit: 3 }], leaseMs });
      const gates = claimed.map(() => gate());
      let started = 0;
      const handlers = [handle(long, () => gates[started++]?.opened)];
      const worker = createWorker(kit.adapter, { ...scene.options, handlers, queues: { default: 1 } });
      const running = worker.run(claimed);
      for (const [i, one] of gates.entries()) {
        await kit.until(() => started === i + 1, `handler ${i + 1} started`);
        await kit.pass(0.8 * leaseMs);
        const others = await kit.adapter.claim({ queues: [{ name: "default", limit: 3 }], leaseMs });
        expectEqual(others, [], "what another worker gets meanwhile");
        one.open();
      }
      await kit.soon(running, "the batch was run");
      expectEqual([scene.count("completed"), scene.count("leaseLost")], [3, 0], "completed and lost");
    },
  }),

  defineCase({
    name: "a worker that wakes up after its lease was taken over changes nothing",
    fault: "F01",
    needs: ["Pull", "Inspect", "fenced"],
    async run(kit) {
      const [sleeper, other] = [newScene(kit), newScene(kit)];
      await enqueue(kit, ["a"], { name: "task" });
      const zombie = await claimOne(kit, "a");
      await kit.pass(2 * kit.adapter.traits.leaseMs);
      const handlers = [handle(task, () => {})];
      await other.drain(createWorker(kit.adapter, { ...other.options, handlers }));
      expectEqual(other.types(), ["stalled", "started", "completed"], "the events of who took over");
      const before = await row(kit, "a");
      const late = createWorker(kit.adapter, { ...sleeper.options, handlers });
      await kit.soon(late.run([zombie]), "the late run ended");
      expectEqual(sleeper.types(), ["started", "leaseLost"], "the events of who was late");
      expectEqual(await row(kit, "a"), before, "the row");
    },
  }),

  defineCase({
    name: "a worker that cannot renew stops its handler when the lease is over, and changes nothing after a takeover",
    fault: "F87",
    needs: ["Pull", "Renew", "Inspect", "fenced"],
    async run(kit) {
      const [cut, other] = [newScene(kit), newScene(kit)];
      const { leaseMs } = kit.adapter.traits;
      const reasons: unknown[] = [];
      const done = gate();
      const handler = handle(long, (_input, { signal }) => {
        signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
        return done.opened;
      });
      await enqueue(kit, ["a"], { name: "task" });
      const claimed = await claimOne(kit, "a");
      const running = createWorker(kit.adapter, { ...cut.options, handlers: [handler] }).run([claimed]);
      kit.fault("renew", "refused", 100);
      // After each failed renewal, the worker tries again a tenth of a lease later.
      await kit.pass(1.1 * leaseMs);
      expectEqual(reasons, ["lease_lost"], "why the handler was stopped");
      await other.drain(createWorker(kit.adapter, { ...other.options, handlers: [handle(task, () => {})] }));
      expectEqual(other.newest("completed").attempt, 2, "the attempt that completed it");
      const before = await row(kit, "a");
      done.open();
      await kit.soon(running, "the run of who was cut off ended");
      expectEqual(cut.types(), ["started", "leaseLost"], "the events of who was cut off");
      expectEqual(await row(kit, "a"), before, "the row");
    },
  }),

  ...[long, fleeting].map((definition) =>
    defineCase({
      name: `cancelling a running job stops its handler at the next renewal, and its result is refused${definition === fleeting ? ", also where nothing of it is kept" : ""}`,
      needs: ["Pull", "Renew", "Inspect", "Control", "unique"],
      async run(kit) {
        const scene = newScene(kit);
        const queue = createQueue(kit.adapter, scene.options);
        const done = gate();
        let reason: unknown;
        const handler = handle(definition, async (_input, { signal }) => {
          signal.addEventListener("abort", () => {
            reason = Reflect.get(signal.reason, "code");
          });
          await done.opened;
        });
        await queue.enqueue(definition, {}, { id: "a" });
        const driving = scene.drive(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
        await kit.until(() => scene.count("started") === 1, "the handler started");
        expectEqual(await queue.cancel("a"), { status: "done" }, "the answer");
        await kit.pass(kit.adapter.traits.leaseMs / 3 + 1);
        expectEqual(reason, "cancelled", "why the handler was stopped");
        done.open();
        await kit.soon(driving, "the worker ended");
        expectEqual(scene.newest("leaseLost").reason, "cancelled", "the reason in the event");
        expectEqual(scene.count("completed"), 0, "how often it was completed");
        expectEqual((await queue.get("a"))?.state, "cancelled", "the state");
      },
    }),
  ),

  defineCase({
    name: "a job that is cancelled and done before the next renewal stays cancelled",
    fault: "F151",
    needs: ["Pull", "Inspect", "Control", "fenced", "unique"],
    async run(kit) {
      const scene = newScene(kit);
      const queue = createQueue(kit.adapter, scene.options);
      const handler = handle(task, async (_input, { id }) => void (await queue.cancel(id)));
      await queue.enqueue(task, {}, { id: "a" });
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
      expectEqual(scene.types(), ["enqueued", "started", "cancelled", "leaseLost"], "the events");
      expectEqual(scene.newest("leaseLost").reason, "cancelled", "the reason in the event");
      expectEqual((await queue.get("a"))?.state, "cancelled", "the state");
      await kit.pass(MINUTE);
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [handler] }));
      expectEqual(scene.count("started"), 1, "how often it was started");
    },
  }),

  defineCase({
    name: "a job that is cancelled and replayed while it runs stops its handler at the next renewal",
    fault: "F01",
    needs: ["Pull", "Renew", "Control"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      const reasons: unknown[] = [];
      const handler = handle(long, (_input, { signal }) => {
        signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
        return done.opened;
      });
      await enqueue(kit, ["a"], { name: "task" });
      const claimed = await claimOne(kit, "a");
      const running = createWorker(kit.adapter, { ...scene.options, handlers: [handler] }).run([claimed]);
      await kit.adapter.cancel([{ id: "a" }]);
      await kit.adapter.replay([{ id: "a" }]);
      await kit.pass(kit.adapter.traits.leaseMs / 3 + 1);
      expectEqual(reasons, ["lease_lost"], "why the handler was stopped");
      done.open();
      await kit.soon(running, "the run ended");
      expectEqual(scene.types(), ["started", "leaseLost"], "the events");
    },
  }),

  defineCase({
    name: "a resource that refuses older tokens never takes the write of a zombie, whatever became of its job since",
    fault: "F18",
    needs: ["Pull", "Control", "fenced"],
    async run(kit) {
      const scene = newScene(kit);
      const { leaseMs } = kit.adapter.traits;
      let newest = 0;
      const writes: string[] = [];
      const writer = (who: string) =>
        handle(task, (_input, { token }) => {
          if (token < newest) return;
          newest = token;
          writes.push(who);
        });
      await enqueue(kit, ["a"], { name: "task" });
      await claimOne(kit, "a");
      await kit.pass(leaseMs);
      const zombie = await claimOne(kit, "a");
      // The replayed job begins at attempt one, lower than the zombie's.
      await kit.adapter.cancel([{ id: "a" }]);
      await kit.adapter.replay([{ id: "a" }]);
      await scene.drain(createWorker(kit.adapter, { ...scene.options, handlers: [writer("the worker")] }));
      const late = createWorker(kit.adapter, { ...newScene(kit).options, handlers: [writer("the zombie")] });
      await kit.soon(late.run([zombie]), "the zombie's run ended");
      expectEqual(writes, ["the worker"], "who wrote");
    },
  }),

  defineCase({
    name: "a worker that claims what it still runs, its lease having ended in its sleep, goes on with it and starts nothing",
    fault: "F01",
    needs: ["Pull", "Renew", "Inspect"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      const { adapter } = kit;
      // Time passes only for the store: this worker's timers do nothing.
      const platform = { ...scene.options.platform, monotonic: () => 0, timer: () => () => {} };
      let calls = 0;
      const handlers = [handle(long, () => (calls++, done.opened))];
      const worker = createWorker(adapter, { ...scene.options, platform, handlers });
      await enqueue(kit, ["a"], { name: "task" });
      const first = worker.run([await claimOne(kit, "a")]);
      await kit.pass(adapter.traits.leaseMs);
      const again = await claimOne(kit, "a");
      const second = worker.run([again]);
      await kit.until(() => scene.count("started") === 2, "the second attempt was told of");
      done.open();
      await kit.soon(Promise.all([first, second]), "both runs ended");
      expectEqual(scene.types(), ["started", "stalled", "started", "completed"], "the events");
      expectEqual([calls, (await row(kit, "a")).state], [1, "completed"], "calls of the handler, and the state");
    },
  }),

  defineCase({
    name: "a job that is replayed while its worker still runs it is not started beside itself",
    fault: "F01",
    needs: ["Pull", "Renew", "Control"],
    async run(kit) {
      const scene = newScene(kit);
      const done = gate();
      const handlers = [handle(long, () => done.opened)];
      const worker = createWorker(kit.adapter, { ...scene.options, handlers });
      await enqueue(kit, ["a"], { name: "task" });
      const first = worker.run([await claimOne(kit, "a")]);
      await kit.adapter.cancel([{ id: "a" }]);
      await kit.adapter.replay([{ id: "a" }]);
      await kit.soon(worker.run([await claimOne(kit, "a")]), "the second run was given back");
      expectEqual(scene.count("started"), 1, "how many were started");
      done.open();
      await kit.soon(first, "the first run ended");
      await kit.pass(MINUTE);
      await scene.drain(worker);
      expectEqual(scene.types(), ["started", "leaseLost", "started", "completed"], "the events in the end");
    },
  }),
];
