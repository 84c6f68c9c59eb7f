import {
  type JobContext,
  type Runner,
  codeOf,
  createQueue,
  createWorker,
  defineJob,
  fixed,
  handle,
} from "@longshore/core";
import { readStats } from "@longshore/core/stats";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { MINUTE, SECOND, claimOne, leaseOf, row, settle, stateOf } from "../../jobs.ts";
import { type Pipeline, anyInput, anything, gate, newPipeline } from "../../pipeline.ts";

const retry = fixed({ attempts: 5, delay: "1m" });
const order = defineJob("order", { input: anything, output: anyInput<string>(), keep: "1h", timeout: "10m", retry });
const unkept = defineJob("order", { input: anything, keep: 0, retry });
const bill = defineJob("bill", { input: anything });

type Started = {
  readonly pipeline: Pipeline;
  readonly worker: Runner;
  /** Runs what is due, if no time needs to pass. */
  drain(): Promise<void>;
  runs(): number;
};

/** Enqueues a job `a` and makes a worker that runs it, and its follow-ups. */
async function start(
  harness: Harness<"unique" | "Pull">,
  run: (context: JobContext, attempt: number) => unknown,
  definition: typeof order | typeof unkept = order,
): Promise<Started> {
  const pipeline = newPipeline(harness);
  let runs = 0;
  const handler = handle(definition as typeof unkept, (_input, context) => run(context, ++runs));
  await createQueue(harness.adapter, pipeline.options).enqueue(definition, {}, { id: "a" });
  const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler, handle(bill, () => {})] });
  return { pipeline, worker, drain: () => pipeline.drain(worker), runs: () => runs };
}

function eventsOf(pipeline: Pipeline): Readonly<Record<string, number>> {
  return Object.fromEntries([...new Set(pipeline.types())].map((type) => [type, pipeline.count(type)]));
}

/** How often the worker itself has settled the job `a`. */
function settlements({ calls }: Harness): number {
  return calls.filter(({ verb, input }) => verb === "settle" && JSON.stringify(input).includes('"id":"a"')).length;
}

/** Handlers that complete their job in a transaction of their own. */
export const completionCases: readonly Case[] = [
  defineCase({
    name: "a handler completes its job in its transaction, and the worker settles nothing",
    fault: "F32",
    needs: ["transact", "unique", "Pull", "Inspect"],
    async run(harness) {
      const { pipeline, drain, runs } = await start(harness, async (context) => {
        context.enqueue(bill.with({ n: 1 }));
        await harness.transact(async (within) => {
          await createQueue(within).enqueue(bill, { n: 2 }, { id: "b" });
          await within.complete(context, "sent");
          expectEqual(await stateOf(harness, "a"), "active", "the state before the commit");
        });
        expectEqual(await stateOf(harness, "a"), "completed", "the state after the commit");
        return "something else";
      });
      await drain();
      const { result, attempt } = await row(harness, "a");
      expectEqual([result, attempt], ['"sent"', 1], "the result and the attempt");
      await harness.pass(2 * MINUTE);
      await drain();
      expectEqual([runs(), settlements(harness)], [1, 0], "runs, and settlements of the worker");
      expectEqual(eventsOf(pipeline), { enqueued: 2, started: 3, completed: 3 }, "the events of the three jobs");
    },
  }),

  defineCase({
    name: "a transaction that rolls back leaves its job to the worker, which retries it",
    fault: "F32",
    needs: ["transact", "unique", "Pull", "Inspect"],
    async run(harness) {
      const { pipeline, drain, runs } = await start(harness, async (context, run) => {
        context.enqueue(bill.with({ run }));
        await harness.transact(async (within) => {
          await createQueue(within).enqueue(bill, {}, { id: `in-run-${run}` });
          await within.complete(context, "sent");
          if (run === 1) throw new Error("the card was declined");
        });
      });
      await drain();
      const { state, failures } = await row(harness, "a");
      expectEqual([state, failures.length], ["failed", 1], "the state and the failures after the first run");
      expectEqual(await stateOf(harness, "in-run-1"), "gone", "what the transaction enqueued");
      await harness.pass(2 * MINUTE);
      await drain();
      expectEqual([runs(), await stateOf(harness, "a")], [2, "completed"], "runs and the state in the end");
      expectEqual(pipeline.count("completed"), 3, "how many jobs completed: this one, and two of its second run");
      expectEqual(settlements(harness), 1, "settlements of the worker");
    },
  }),

  ...[order, unkept].map((definition) =>
    defineCase({
      name: `a handler that throws after its transaction has committed has completed its job (keep: ${definition.keepMs})`,
      fault: "F91",
      needs: ["transact", "unique", "Pull", "Inspect"],
      async run(harness) {
        const { pipeline, drain, runs } = await start(
          harness,
          async (context) => {
            context.enqueue(bill.with({}));
            await harness.transact((within) => within.complete(context, "sent"));
            throw new Error("the reply to COMMIT was lost");
          },
          definition,
        );
        await drain();
        await harness.pass(10 * MINUTE);
        await drain();
        expectEqual(runs(), 1, "runs");
        expectEqual(eventsOf(pipeline), { enqueued: 2, started: 2, completed: 2 }, "the events, its follow-up's too");
      },
    }),
  ),

  defineCase({
    name: "a transaction that would complete a job of another worker fails, and so does all else in it",
    fault: "F18",
    needs: ["transact", "unique", "Pull", "Inspect", "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const { opened, open } = gate();
      const codes: unknown[] = [];
      const { pipeline, worker } = await start(harness, async (context) => {
        await opened;
        await harness.transact(async (within) => {
          await createQueue(within).enqueue(bill, {}, { id: "b" });
          await within.complete(context, "sent").catch((error: unknown) => {
            codes.push(codeOf(error));
            throw error;
          });
        });
      });
      harness.fault("renew", "refused", 1_000);
      const ran = worker.run([await claimOne(harness, "a")]);
      await harness.pass(leaseMs + SECOND);
      const other = await claimOne(harness, "a");
      open();
      await ran;
      expectEqual([codes, await stateOf(harness, "b")], [["lease_lost"], "gone"], "the code, and the other job");
      expectEqual(pipeline.count("completed"), 0, "completions of the first worker");
      expectEqual(await settle(harness, leaseOf(other)), "accepted", "what the other worker is told");
    },
  }),

  defineCase({
    name: "a job that was cancelled meanwhile is not completed, and the transaction fails",
    fault: "F18",
    needs: ["transact", "unique", "Pull", "Inspect", "Control"],
    async run(harness) {
      const codes: unknown[] = [];
      const { pipeline, drain, runs } = await start(harness, async (context) => {
        await harness.adapter.cancel([{ id: "a" }]);
        await harness.transact(async (within) => {
          await createQueue(within).enqueue(bill, {}, { id: "b" });
          await within.complete(context, "sent").catch((error: unknown) => {
            codes.push(codeOf(error));
            throw error;
          });
        });
      });
      await drain();
      expectEqual([codes, await stateOf(harness, "b")], [["cancelled"], "gone"], "the code, and the other job");
      expectEqual([runs(), await stateOf(harness, "a")], [1, "cancelled"], "runs, and the state");
      expectEqual(pipeline.newest("leaseLost").reason, "cancelled", "what its worker tells");
    },
  }),

  defineCase({
    name: "a handler that works on after its commit, for longer than a lease, has not lost its job",
    fault: "F151",
    needs: ["transact", "unique", "Pull", "Inspect", "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const during = gate();
      const after = gate();
      let completed = false;
      let aborted = false;
      const { pipeline, worker } = await start(harness, async (context) => {
        await harness.transact(async (within) => {
          await within.complete(context, "sent");
          completed = true;
          await during.opened;
        });
        completed = false;
        await after.opened;
        aborted = context.signal.aborted;
      });
      const ran = worker.run([await claimOne(harness, "a")]);
      await harness.until(() => completed, "it was completed in the transaction");
      await harness.pass(2 * leaseMs);
      during.open();
      await harness.until(() => !completed, "it was committed");
      await harness.pass(3 * leaseMs);
      after.open();
      await ran;
      expectEqual([aborted, pipeline.types()], [false, ["enqueued", "started", "completed"]], "its signal, the events");
    },
  }),

  defineCase({
    name: "complete takes a handler's context, and only while its attempt lasts",
    needs: ["transact", "unique", "Pull", "Inspect"],
    async run(harness) {
      const codes: unknown[] = [];
      const told = (call: Promise<void>): Promise<void> => call.catch((error) => void codes.push(codeOf(error)));
      const contexts: JobContext[] = [];
      const { drain } = await start(harness, async (context) => {
        contexts.push(context);
        await harness.transact(async (within) => {
          await told(within.complete("a" as never));
          await within.complete(context, "sent");
        });
        try {
          context.enqueue(bill.with({}));
        } catch (error) {
          codes.push(codeOf(error));
        }
      });
      await drain();
      const [context] = contexts;
      if (context) await harness.transact((within) => told(within.complete(context, "again")));
      expectEqual(codes, ["invalid_option", "attempt_over", "attempt_over"], "the codes");
      expectEqual((await row(harness, "a")).result, '"sent"', "the result");
    },
  }),

  defineCase({
    name: "statistics count once what a transaction completes, and not what it rolls back",
    fault: "F160",
    needs: ["transact", "unique", "Pull", "Stats"],
    async run(harness) {
      const { drain } = await start(harness, async (context, run) => {
        await harness.transact(async (within) => {
          await within.complete(context, "sent");
          if (run === 1) throw new Error("it rolls back");
        });
        throw new Error("the reply to COMMIT was lost");
      });
      await drain();
      await harness.pass(2 * MINUTE);
      await drain();
      const { queues } = await readStats(harness.adapter, { window: "hour" });
      const { completed, failed, dead } = queues.find(({ queue }) => queue === "default") ?? {};
      expectEqual([completed, failed, dead], [1, 1, 0], "attempts completed and failed, jobs dead");
    },
  }),
];
