import { createQueue, createWorker, defineJob, flow, handle } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION } from "../../jobs.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

const part = defineJob("part", {
  input: anyInput<{ n: number }>(),
  output: anyInput<{ square: number }>(),
  partition: () => SAME_PARTITION.partition,
  keep: 0,
});
const sum = defineJob("sum", { input: anyInput<Record<string, never>>(), output: anyInput<number>() });

/** The adapter has the trait, as the suite has checked. */
function queueOf({ adapter }: Harness<"dependencies" | "Inspect">, options: Parameters<typeof createQueue>[1]) {
  return createQueue(
    adapter as typeof adapter & { readonly traits: Traits & { readonly dependencies: true } },
    options,
  );
}

export const dependencyPipelineCases: readonly Case[] = [
  defineCase({
    name: "a handler reads the results of the jobs that its job comes after, also of many that are not kept",
    needs: ["dependencies", "Pull", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const parts = Array.from({ length: 120 }, (_, n) => part.with({ n }));
      const answers = await queue.enqueueMany([sum.with({}, { after: parts }), ...parts]);
      const seen: string[] = [];
      const handlers = [
        handle(part, ({ n }) => ({ square: n * n })),
        handle(sum, async (_input, { parents }) => {
          let total = 0;
          for await (const { id, result } of parents) {
            seen.push(id);
            total += (result as { square: number }).square; // as the handler above made it
          }
          const first = await parents.get(seen[1] ?? "", part);
          return total + (first?.result?.square ?? -1);
        }),
      ];
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers }));
      expectEqual(
        seen,
        answers.slice(1).map(({ id }) => id),
        "the parents, in order",
      );
      const [child] = answers;
      const done = child && (await queue.get(child, sum));
      expectEqual(done?.result, 119 * 20 * 239 + 1, "what it made of their results");
      expectEqual(
        await queue.get({ id: seen[0] ?? "", ...SAME_PARTITION }),
        undefined,
        "a parent, when its child has ended",
      );
    },
  }),

  defineCase({
    name: "a flow's jobs run after those that it names, and their handlers read the results of one definition with types",
    needs: ["dependencies", "Pull", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const jobs = { total: sum.with({}), both: sum.with({}), one: part.with({ n: 1 }), two: part.with({ n: 2 }) };
      const answers = await flow(queue, jobs, { total: ["both", "two"], both: ["one", "two"] });
      const ran: string[] = [];
      const handlers = [
        handle(part, ({ n }) => ({ square: n * n })),
        handle(sum, async (_input, { id, parents }) => {
          ran.push(id);
          let total = 0;
          for await (const { result } of parents.of(sum)) total += 100 * (result ?? 0);
          for await (const { input, result } of parents.of(part)) total += 10 * input.n + (result?.square ?? 0);
          return total;
        }),
      ];
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers }));
      expectEqual(ran, [answers.both.id, answers.total.id], "the sums that ran, in order");
      const results = await Promise.all(
        [answers.both, answers.total].map(async (ref) => (await queue.get(ref, sum))?.result),
      );
      expectEqual(results, [35, 3_524], "what they made of the results");
    },
  }),

  defineCase({
    name: "a job that comes after one with no more attempts is dead with it, and its failure says so",
    needs: ["dependencies", "Pull", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const first = part.with({ n: 1 }, { attempts: 1 });
      const answers = await queue.enqueueMany([first, sum.with({}, { after: [first] })]);
      const handlers = [
        handle(part, () => {
          throw new Error("no");
        }),
        handle(sum, () => 1),
      ];
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers }));
      const child = await queue.get(answers[1] ?? "");
      expectEqual(
        [child?.state, child?.attempt, child?.failures.map(({ message }) => message)],
        ["dead", 0, [`The job ${answers[0]?.id}, which this one comes after, is dead.`]],
        "the child",
      );
    },
  }),
];
