import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claimOne, enqueue, row } from "../../jobs.ts";
import { anything, gate, newPipeline, task } from "../../pipeline.ts";

const long = defineJob("task", { input: anything, timeout: "10m" });
const fleeting = defineJob("task", { input: anything, timeout: "10m", keep: 0 });

export const workerLeaseCases: readonly Case[] = [
  defineCase({
    name: "a worker keeps the lease of a job for as long as its handler runs",
    needs: ["Pull", "Renew", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      await createQueue(harness.adapter, pipeline.options).enqueue(long, {}, { id: "a" });
      const worker = createWorker(harness.adapter, {
        ...pipeline.options,
        handlers: [handle(long, () => done.opened)],
      });
      const driving = pipeline.drive(worker);
      await harness.until(() => pipeline.count("started") === 1, "the handler started");
      const { leaseMs } = harness.adapter.traits;
      for (let passed = 0; passed < 4 * leaseMs; passed += leaseMs / 3) {
        await harness.pass(leaseMs / 3);
        const other = await harness.adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs });
        expectEqual(other, [], "what another worker gets meanwhile");
      }
      done.open();
      await harness.soon(driving, "the worker ended");
      expectEqual(pipeline.types(), ["enqueued", "started", "completed"], "the events");
    },
  }),

  defineCase({
    name: "jobs that wait for a slot keep their leases, too",
    fault: "F13",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      await enqueue(harness, ["a", "b", "c"], { name: "task" });
      const claimed = await harness.adapter.claim({ queues: [{ name: "default", limit: 3 }], leaseMs });
      const gates = claimed.map(() => gate());
      let started = 0;
      const handlers = [handle(long, () => gates[started++]?.opened)];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers, queues: { default: 1 } });
      const running = worker.run(claimed);
      for (const [i, one] of gates.entries()) {
        await harness.until(() => started === i + 1, `handler ${i + 1} started`);
        await harness.pass(0.8 * leaseMs);
        const others = await harness.adapter.claim({ queues: [{ name: "default", limit: 3 }], leaseMs });
        expectEqual(others, [], "what another worker gets meanwhile");
        one.open();
      }
      await harness.soon(running, "the batch was run");
      expectEqual([pipeline.count("completed"), pipeline.count("leaseLost")], [3, 0], "completed and lost");
    },
  }),

  defineCase({
    name: "a worker that wakes up after its lease was taken over changes nothing",
    fault: "F01",
    needs: ["Pull", "Inspect", "fenced"],
    async run(harness) {
      const [sleeper, other] = [newPipeline(harness), newPipeline(harness)];
      await enqueue(harness, ["a"], { name: "task" });
      const zombie = await claimOne(harness, "a");
      await harness.pass(2 * harness.adapter.traits.leaseMs);
      const handlers = [handle(task, () => {})];
      await other.drain(createWorker(harness.adapter, { ...other.options, handlers }));
      expectEqual(other.types(), ["stalled", "started", "completed"], "the events of who took over");
      const before = await row(harness, "a");
      const late = createWorker(harness.adapter, { ...sleeper.options, handlers });
      await harness.soon(late.run([zombie]), "the late run ended");
      expectEqual(sleeper.types(), ["started", "leaseLost"], "the events of who was late");
      expectEqual(await row(harness, "a"), before, "the row");
    },
  }),

  defineCase({
    name: "a worker that cannot renew stops its handler when the lease is over, and changes nothing after a takeover",
    fault: "F87",
    needs: ["Pull", "Renew", "Inspect", "fenced"],
    async run(harness) {
      const [cut, other] = [newPipeline(harness), newPipeline(harness)];
      const { leaseMs } = harness.adapter.traits;
      const reasons: unknown[] = [];
      const done = gate();
      const handler = handle(long, (_input, { signal }) => {
        signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
        return done.opened;
      });
      await enqueue(harness, ["a"], { name: "task" });
      const claimed = await claimOne(harness, "a");
      const running = createWorker(harness.adapter, { ...cut.options, handlers: [handler] }).run([claimed]);
      harness.fault("renew", "refused", 100);
      // After each failed renewal, the worker tries again a tenth of a lease later.
      await harness.pass(1.1 * leaseMs);
      expectEqual(reasons, ["lease_lost"], "why the handler was stopped");
      await other.drain(createWorker(harness.adapter, { ...other.options, handlers: [handle(task, () => {})] }));
      expectEqual(other.newest("completed").attempt, 2, "the attempt that completed it");
      const before = await row(harness, "a");
      done.open();
      await harness.soon(running, "the run of who was cut off ended");
      expectEqual(cut.types(), ["started", "leaseLost"], "the events of who was cut off");
      expectEqual(await row(harness, "a"), before, "the row");
    },
  }),

  ...[long, fleeting].map((definition) =>
    defineCase({
      name: `cancelling a running job stops its handler at the next renewal, and its result is refused${definition === fleeting ? ", also where nothing of it is kept" : ""}`,
      needs: ["Pull", "Renew", "Inspect", "Control", "unique"],
      async run(harness) {
        const pipeline = newPipeline(harness);
        const queue = createQueue(harness.adapter, pipeline.options);
        const done = gate();
        let reason: unknown;
        const handler = handle(definition, async (_input, { signal }) => {
          signal.addEventListener("abort", () => {
            reason = Reflect.get(signal.reason, "code");
          });
          await done.opened;
        });
        await queue.enqueue(definition, {}, { id: "a" });
        const driving = pipeline.drive(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
        await harness.until(() => pipeline.count("started") === 1, "the handler started");
        expectEqual(await queue.cancel("a"), { status: "done" }, "the answer");
        await harness.pass(harness.adapter.traits.leaseMs / 3 + 1);
        expectEqual(reason, "cancelled", "why the handler was stopped");
        done.open();
        await harness.soon(driving, "the worker ended");
        expectEqual(pipeline.newest("leaseLost").reason, "cancelled", "the reason in the event");
        expectEqual(pipeline.count("completed"), 0, "how often it was completed");
        expectEqual((await queue.get("a"))?.state, "cancelled", "the state");
      },
    }),
  ),

  defineCase({
    name: "a job that is cancelled and done before the next renewal stays cancelled",
    fault: "F151",
    needs: ["Pull", "Inspect", "Control", "fenced", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      const handler = handle(task, async (_input, { id }) => void (await queue.cancel(id)));
      await queue.enqueue(task, {}, { id: "a" });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(pipeline.types(), ["enqueued", "started", "cancelled", "leaseLost"], "the events");
      expectEqual(pipeline.newest("leaseLost").reason, "cancelled", "the reason in the event");
      expectEqual((await queue.get("a"))?.state, "cancelled", "the state");
      await harness.pass(MINUTE);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(pipeline.count("started"), 1, "how often it was started");
    },
  }),

  defineCase({
    name: "a job that is cancelled and replayed while it runs stops its handler at the next renewal",
    fault: "F01",
    needs: ["Pull", "Renew", "Control"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      const reasons: unknown[] = [];
      const handler = handle(long, (_input, { signal }) => {
        signal.addEventListener("abort", () => void reasons.push(Reflect.get(signal.reason, "code")));
        return done.opened;
      });
      await enqueue(harness, ["a"], { name: "task" });
      const claimed = await claimOne(harness, "a");
      const running = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }).run([claimed]);
      await harness.adapter.cancel([{ id: "a" }]);
      await harness.adapter.replay([{ id: "a" }]);
      await harness.pass(harness.adapter.traits.leaseMs / 3 + 1);
      expectEqual(reasons, ["lease_lost"], "why the handler was stopped");
      done.open();
      await harness.soon(running, "the run ended");
      expectEqual(pipeline.types(), ["started", "leaseLost"], "the events");
    },
  }),

  defineCase({
    name: "a resource that refuses older tokens accepts no write of a worker that lost its lease, whatever happened to the job since",
    fault: "F18",
    needs: ["Pull", "Control", "fenced"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { leaseMs } = harness.adapter.traits;
      let newest = 0;
      const writes: string[] = [];
      const writer = (who: string) =>
        handle(task, (_input, { token }) => {
          if (token < newest) return;
          newest = token;
          writes.push(who);
        });
      await enqueue(harness, ["a"], { name: "task" });
      await claimOne(harness, "a");
      await harness.pass(leaseMs);
      const zombie = await claimOne(harness, "a");
      // The replayed job begins at attempt one, lower than the zombie's.
      await harness.adapter.cancel([{ id: "a" }]);
      await harness.adapter.replay([{ id: "a" }]);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [writer("the worker")] }));
      const late = createWorker(harness.adapter, { ...newPipeline(harness).options, handlers: [writer("the zombie")] });
      await harness.soon(late.run([zombie]), "the zombie's run ended");
      expectEqual(writes, ["the worker"], "who wrote");
    },
  }),

  defineCase({
    name: "a worker that claims a job which it still runs continues that run, and starts no second one",
    fault: "F01",
    needs: ["Pull", "Renew", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      const { adapter } = harness;
      // Time passes only for the store: this worker's timers do nothing.
      const platform = { ...pipeline.options.platform, monotonic: () => 0, timer: () => () => {} };
      let calls = 0;
      const handlers = [handle(long, () => (calls++, done.opened))];
      const worker = createWorker(adapter, { ...pipeline.options, platform, handlers });
      await enqueue(harness, ["a"], { name: "task" });
      const first = worker.run([await claimOne(harness, "a")]);
      await harness.pass(adapter.traits.leaseMs);
      const again = await claimOne(harness, "a");
      const second = worker.run([again]);
      await harness.until(() => pipeline.count("started") === 2, "the second attempt was told of");
      done.open();
      await harness.soon(Promise.all([first, second]), "both runs ended");
      expectEqual(pipeline.types(), ["started", "stalled", "started", "completed"], "the events");
      expectEqual([calls, (await row(harness, "a")).state], [1, "completed"], "calls of the handler, and the state");
    },
  }),

  defineCase({
    name: "a job that is replayed while its worker still runs it is not started beside itself",
    fault: "F01",
    needs: ["Pull", "Renew", "Control"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const done = gate();
      const handlers = [handle(long, () => done.opened)];
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers });
      await enqueue(harness, ["a"], { name: "task" });
      const first = worker.run([await claimOne(harness, "a")]);
      await harness.adapter.cancel([{ id: "a" }]);
      await harness.adapter.replay([{ id: "a" }]);
      await harness.soon(worker.run([await claimOne(harness, "a")]), "the second run was given back");
      expectEqual(pipeline.count("started"), 1, "how many were started");
      done.open();
      await harness.soon(first, "the first run ended");
      await harness.pass(MINUTE);
      await pipeline.drain(worker);
      expectEqual(pipeline.types(), ["started", "leaseLost", "started", "completed"], "the events in the end");
    },
  }),
];
