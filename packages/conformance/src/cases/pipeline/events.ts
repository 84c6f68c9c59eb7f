import { type JobEvent, createQueue, createWorker, handle, nonRetryable, snooze } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, claim, claimNew, claimOne, dead, leaseOf, newJob, settle } from "../../jobs.ts";
import { newPipeline, task } from "../../pipeline.ts";

export const eventCases: readonly Case[] = [
  defineCase({
    name: "no event is told before the backend has committed what it tells",
    fault: "F151",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const told: { readonly event: JobEvent; readonly after: number }[] = [];
      const onEvent = (event: JobEvent): void => {
        told.push({ event, after: harness.calls.length });
        pipeline.options.onEvent(event);
      };
      const handler = handle(task, ({ outcome }, { attempt }) => {
        if (attempt > 1 || outcome === "complete") return;
        if (outcome === "snooze") throw snooze("1m");
        throw outcome === "dead" ? nonRetryable("no") : new Error("later");
      });
      const outcomes = ["complete", "retry", "snooze", "dead"];
      await createQueue(harness.adapter, { ...pipeline.options, onEvent }).enqueueMany(
        outcomes.map((outcome) => task.with({ outcome })),
      );
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, onEvent, handlers: [handler] }));
      const commits: Partial<Record<JobEvent["type"], string>> = {
        enqueued: "enqueue",
        completed: "settle",
        failed: "settle",
        snoozed: "settle",
        dead: "settle",
      };
      for (const { event, after } of told) {
        const verb = commits[event.type];
        if (verb === undefined || !("job" in event)) continue;
        const committed = harness.calls
          .slice(0, after)
          .some((call) => call.verb === verb && JSON.stringify(call.input).includes(JSON.stringify(event.job.id)));
        expect(committed, `${event.type} of ${event.job.id} was told before ${verb} had answered`);
      }
      expectEqual(told.length, 12, "how many events there were");
    },
  }),

  defineCase({
    name: "the events of a job come in the order of its states",
    fault: "F151",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const handler = handle(task, (_input, { attempt }) => {
        if (attempt < 3) throw new Error("again");
      });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      for (let round = 0; round < 3; round++) {
        await pipeline.drain(worker);
        await harness.pass(HOUR);
      }
      expectEqual(
        pipeline.types(),
        ["enqueued", "started", "failed", "started", "failed", "started", "completed"],
        "the events",
      );
      const attempts = pipeline.events.flatMap((event) => ("attempt" in event ? [event.attempt] : []));
      expectEqual(attempts, [1, 1, 2, 2, 3, 3], "their attempts");
    },
  }),

  defineCase({
    name: "a listener that throws harms no job",
    fault: "F140",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      let heard = 0;
      const onEvent = (event: JobEvent): never => {
        heard++;
        pipeline.options.onEvent(event);
        throw new Error("a broken listener");
      };
      const options = { ...pipeline.options, onEvent };
      await createQueue(harness.adapter, options).enqueueMany([1, 2, 3].map((n) => task.with({ n })));
      await pipeline.drain(createWorker(harness.adapter, { ...options, handlers: [handle(task, () => {})] }));
      expectEqual([pipeline.count("completed"), heard], [3, 9], "completed jobs and events");
    },
  }),

  defineCase({
    name: "an event tells that a job which was taken over had stalled",
    needs: ["Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await claimNew(harness, "a", { name: "task" });
      await harness.pass(harness.adapter.traits.leaseMs);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] }));
      expectEqual(pipeline.types(), ["stalled", "started", "completed"], "the events");
      expectEqual(pipeline.newest("stalled").attempt, 1, "the attempt that stalled");
    },
  }),

  defineCase({
    name: "dead letters are listed with their history, and replayed from the start when an operator says so",
    needs: ["Pull", "Inspect", "Control", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      let cure = false;
      const attempts: number[] = [];
      const handler = handle(task, (_input, { attempt }) => {
        attempts.push(attempt);
        if (!cure) throw attempt === 1 ? new Error("no route") : nonRetryable("no account");
      });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, { n: 1 }, { id: "a" });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(worker);
      await harness.pass(MINUTE);
      await pipeline.drain(worker);
      const { jobs } = await queue.list({ state: "dead" });
      const history = jobs[0]?.failures.map(({ attempt, message }) => `${attempt} ${message}`);
      expectEqual([jobs.length, history], [1, ["1 no route", "2 no account"]], "the dead letters and their history");
      await harness.pass(DAY);
      await pipeline.drain(worker);
      expectEqual(attempts, [1, 2], "the attempts as long as nobody replays it");
      cure = true;
      expectEqual(await queue.replayMany(["a", "b"]), [{ status: "done" }, { status: "gone" }], "the answers");
      await pipeline.drain(worker);
      expectEqual(attempts, [1, 2, 1], "the attempts in the end");
      const job = await queue.get("a");
      expectEqual([job?.state, job?.failures.length], ["completed", 2], "the state and the failures in the end");
      expectEqual(pipeline.newest("replayed").ref.id, "a", "the job of the event");
    },
  }),

  defineCase({
    name: "a pruned dead letter has an event",
    needs: ["Pull", "Inspect", "Prune"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await harness.adapter.enqueue([newJob("a", { name: "task" })]);
      await settle(harness, await claimOne(harness, "a"), dead());
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      await harness.pass(3_650 * DAY);
      await harness.soon(worker.tick(), "the worker ticked");
      expectEqual(pipeline.newest("pruned").job.id, "a", "the job of the event");
      expectEqual(await harness.adapter.get([{ id: "a" }]), [undefined], "the row");
    },
  }),

  defineCase({
    name: "a tick prunes all dead letters past their time, however many, with an event for each",
    fault: "F141",
    needs: ["Pull", "Inspect", "Prune"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const letters = Array.from({ length: 230 }, (_, n) => newJob(`letter-${n}`, { name: "task" }));
      await harness.adapter.enqueue(letters);
      const claimed = await claim(harness, letters.length);
      await harness.adapter.settle(claimed.map((job) => ({ ...leaseOf(job), outcome: dead() })));
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      await harness.pass(3_650 * DAY);
      await harness.soon(worker.tick(), "the worker ticked");
      const told = pipeline.events.filter(({ type }) => type === "pruned");
      expectEqual(told.length, letters.length, "how many are told of");
      expectEqual((await harness.adapter.list({ limit: 9 })).jobs, [], "what is left");
    },
  }),
];
