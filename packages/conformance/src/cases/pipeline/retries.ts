import { createQueue, createWorker, handle, nonRetryable, retryAfter, snooze } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { DAY, HOUR, MINUTE, SECOND, newJob } from "../../jobs.ts";
import { type Pipeline, newPipeline, task } from "../../pipeline.ts";

/** The documented default, without its jitter of up to 20 %. */
const LADDER: readonly number[] = [30 * SECOND, 2 * MINUTE, 8 * MINUTE, 30 * MINUTE];

export const retryCases: readonly Case[] = [
  defineCase({
    name: "a job that always fails is retried with growing delays: five attempts, then dead",
    needs: ["work"],
    async run(harness) {
      const { pipeline, attempts, drain } = await failing(harness, () => new Error("no route"));
      for (const rung of LADDER) {
        await drain();
        const { delayMs } = pipeline.newest("failed");
        expect(
          delayMs >= rung && delayMs <= rung * 1.2,
          `the delay after attempt ${attempts.length} should be ${rung} ms and up to 20 % more, but is ${delayMs}`,
        );
        const so = attempts.length;
        await harness.pass(delayMs - 1);
        await drain();
        expectEqual(attempts.length, so, "the attempts before the delay is over");
        // Delays are rounded up to the adapter's step.
        await harness.pass(harness.adapter.traits.delayStepMs);
      }
      await drain();
      expectEqual(pipeline.newest("dead").failure.message, "no route", "the reason of its death");
      await harness.pass(2 * DAY);
      await drain();
      expectEqual(attempts, [1, 2, 3, 4, 5], "the attempts in the end");
    },
  }),

  defineCase({
    name: "a job with fewer attempts of its own is dead after the last of them, and its handler knows how many it has",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const ran: unknown[] = [];
      const handler = handle(task, (_input, { attempt, attempts }) => {
        ran.push([attempt, attempts]);
        throw new Error("no route");
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {}, { attempts: 2 });
      for (let round = 0; round < 4; round++) {
        await pipeline.drain(worker);
        await harness.pass(HOUR);
      }
      expectEqual(
        ran,
        [
          [1, 2],
          [2, 2],
        ],
        "the attempts, of how many",
      );
      expectEqual([pipeline.count("failed"), pipeline.count("dead")], [1, 1], "how often it failed, how often it died");
    },
  }),

  defineCase({
    name: "a non-retryable error makes the job a dead letter at once",
    needs: ["work"],
    async run(harness) {
      const { pipeline, attempts, drain } = await failing(harness, () => nonRetryable("the account is closed"));
      await drain();
      expectEqual(pipeline.types(), ["enqueued", "started", "dead"], "the events");
      await harness.pass(DAY);
      await drain();
      expectEqual(attempts, [1], "the attempts");
    },
  }),

  defineCase({
    name: "an error with a delay of its own decides when the job is retried",
    needs: ["work"],
    async run(harness) {
      const { pipeline, attempts, drain } = await failing(harness, () => retryAfter("7m", "too many requests"));
      await drain();
      expectEqual(pipeline.newest("failed").delayMs, 7 * MINUTE, "the delay");
      await harness.pass(7 * MINUTE - SECOND);
      await drain();
      expectEqual(attempts, [1], "the attempts before it is over");
      await harness.pass(SECOND);
      await drain();
      expectEqual(attempts, [1, 2], "the attempts after");
    },
  }),

  defineCase({
    name: "a handler may snooze its job any number of times, without spending an attempt",
    needs: ["work"],
    async run(harness) {
      const { pipeline, attempts, drain } = await failing(harness, () => snooze("5m"));
      for (let round = 0; round < 8; round++) {
        await drain();
        await harness.pass(5 * MINUTE);
      }
      expectEqual(attempts, [1, 1, 1, 1, 1, 1, 1, 1], "the attempts");
      expectEqual([pipeline.count("snoozed"), pipeline.count("dead")], [8, 0], "how often snoozed, how often dead");
    },
  }),

  defineCase({
    name: "a job that kills its worker each time is dead when its attempts are used up, and not run again",
    fault: "F20",
    needs: ["work"],
    async run(harness) {
      const { pipeline, attempts, drain } = await failing(harness, () => new Error("never reached"));
      const crash = async (jobs: readonly ClaimedJob[]): Promise<void> => {
        throw new Error(`the worker died of ${jobs.length} jobs`);
      };
      for (let crashes = 0; crashes < 5; crashes++) {
        await harness.deliver(crash).catch(() => {});
        await harness.pass(harness.adapter.traits.leaseMs);
      }
      await drain();
      expectEqual(attempts, [], "the attempts that reached the handler");
      expectEqual(pipeline.count("dead"), 1, "how often it died");
      await harness.pass(DAY);
      await drain();
      expectEqual([pipeline.count("dead"), pipeline.count("started")], [1, 0], "deaths and starts in the end");
    },
  }),

  defineCase({
    name: "a job whose name a worker does not know waits for one that knows it, without spending an attempt",
    fault: "F06",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await harness.adapter.enqueue([newJob("a", { name: "from-the-future" }), newJob("b", { name: "task" })]);
      const ran: string[] = [];
      const handler = handle(task, (_input, { id, attempt }) => void ran.push(`${id} ${attempt}`));
      const ignorant = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(ignorant);
      expectEqual(ran, ["b 1"], "what the ignorant worker ran");
      expectEqual(pipeline.newest("snoozed").job.id, "a", "what it put off");
      await harness.pass(MINUTE);
      const future = { ...handler, definition: { ...task, name: "from-the-future" } };
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [future] }));
      expectEqual(ran, ["b 1", "a 1"], "what ran in the end");
    },
  }),

  defineCase({
    name: "the day for which a job waits for a worker that knows its name begins at its first claim, however long it was delayed",
    fault: "F06",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const inMs = Math.min(3 * DAY, harness.adapter.traits.maxDelayMs);
      await harness.adapter.enqueue([newJob("a", { name: "from-the-future", due: { inMs } })]);
      await harness.pass(inMs);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] }));
      expectEqual(pipeline.types(), ["snoozed"], "the events");
      const reason = "no worker has claimed it that has a handler for from-the-future";
      expectEqual(pipeline.newest("snoozed").reason, reason, "why it waits");
    },
  }),

  defineCase({
    name: "a job whose name no worker knows for a day is a dead letter with that reason",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await harness.adapter.enqueue([newJob("a", { name: "from-the-future" })]);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      for (let passed = 0; passed < DAY; passed += 10 * MINUTE) {
        await pipeline.drain(worker);
        expectEqual(pipeline.count("dead"), 0, "how often it died within the day");
        await harness.pass(10 * MINUTE);
      }
      await pipeline.drain(worker);
      expect(pipeline.newest("dead").failure.message.includes("from-the-future"), "the reason should name the job");
    },
  }),

  defineCase({
    name: "a job of a newer format is left to a newer worker",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await harness.adapter.enqueue([newJob("a", { name: "task", headers: { v: "999" } })]);
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] });
      await pipeline.drain(worker);
      expectEqual(pipeline.types(), ["snoozed"], "the events");
      await harness.pass(MINUTE);
      await pipeline.drain(worker);
      expectEqual(pipeline.types(), ["snoozed", "snoozed"], "the events a minute later");
    },
  }),

  defineCase({
    name: "whatever a handler throws, the job fails with a short and safe text",
    fault: "F29",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const thrown = hostileErrors();
      const names = Object.keys(thrown);
      await createQueue(harness.adapter, pipeline.options).enqueueMany(names.map((name) => task.with({ name })));
      const handler = handle(task, ({ name }) => {
        throw thrown[String(name)];
      });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(pipeline.count("failed"), names.length, "how many failed");
      for (const event of pipeline.events) {
        if (event.type !== "failed") continue;
        const { message, stack = "" } = event.failure;
        expect(typeof message === "string" && message.length > 0, "a failure should have a message");
        const bytes = new TextEncoder().encode(message + stack).length;
        expect(bytes <= 4_096, `a failure should have at most 4 KB, but has ${bytes} bytes`);
      }
      await harness.pass(MINUTE);
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handle(task, () => {})] }));
      expectEqual(pipeline.count("completed"), names.length, "how many were completed in the end");
    },
  }),

  defineCase({
    name: "the stored failure of a hostile error is well-formed text",
    fault: "F29",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueue(task, {}, { id: "a" });
      const handler = handle(task, () => {
        throw new Error(`lone \ud800 surrogate, \u0000, ${"€".repeat(10_000)}`);
      });
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      const failure = (await queue.get("a"))?.failures[0];
      expect(failure !== undefined, "the failure should be stored");
      const text = failure.message;
      expectEqual(new TextDecoder().decode(new TextEncoder().encode(text)), text, "the text once through UTF-8");
      expectEqual(pipeline.newest("failed").failure.message, text, "the text of the event");
    },
  }),
];

type Failing = { readonly pipeline: Pipeline; readonly attempts: number[]; drain(): Promise<void> };

/** One job whose handler throws at each attempt. */
async function failing(harness: Harness<"work">, thrown: () => Error): Promise<Failing> {
  const pipeline = newPipeline(harness);
  const attempts: number[] = [];
  const handler = handle(task, (_input, { attempt }) => {
    attempts.push(attempt);
    throw thrown();
  });
  await createQueue(harness.adapter, pipeline.options).enqueue(task, {});
  const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
  return { pipeline, attempts, drain: () => pipeline.drain(worker) };
}

/** Made once, because the suite runs often. */
const HUGE = "x".repeat(10_000_000);

function hostileErrors(): Record<string, unknown> {
  const circular = new Error("circular");
  circular.cause = circular;
  const explode = (): never => {
    throw new Error("a trap");
  };
  const getter = Object.defineProperty(new Error("getter"), "message", { get: explode });
  const trap = new Proxy({}, { get: explode, getPrototypeOf: explode, has: explode, ownKeys: explode });
  return {
    null: null,
    undefined,
    number: 42,
    symbol: Symbol("s"),
    bigint: 1n,
    empty: new Error(""),
    plain: { toJSON: explode, toString: explode },
    circular,
    getter,
    trap,
    huge: Object.assign(new Error("huge"), { message: HUGE, stack: HUGE }),
    surrogates: new Error("\ud800 alone, and \udc00"),
    function: explode,
  };
}
