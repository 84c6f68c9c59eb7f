import { codeOf, createQueue, createWorker, defineJob, defineQueue, handle, untilRoom } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION } from "../../jobs.ts";
import { anyInput, newPipeline } from "../../pipeline.ts";

const imports = defineQueue("imports", { maxDepth: 2 });
const row = defineJob("row", {
  input: anyInput<{ n: number }>(),
  queue: imports,
  partition: () => SAME_PARTITION.partition,
});

/** The adapter has the trait, as the suite has checked. */
function queueOf({ adapter }: Harness<"depth" | "Depth" | "unique">, options: Parameters<typeof createQueue>[1]) {
  return createQueue(
    adapter as typeof adapter & { readonly traits: Traits & { readonly depth: true; readonly unique: true } },
    options,
  );
}

/** What producers are told of a queue that is full. */
export const depthPipelineCases: readonly Case[] = [
  defineCase({
    name: "an enqueue into a full queue is refused with a code, one of many tells so, and a queue tells its pressure",
    needs: ["depth", "Depth", "unique", "Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const answers = await queue.enqueueMany([1, 2, 3].map((n) => row.with({ n })));
      expectEqual(
        answers.map((answer) => [answer.status, "reason" in answer ? answer.reason : undefined]),
        [
          ["created", undefined],
          ["created", undefined],
          ["failed", "full"],
        ],
        "the answers",
      );
      const refused = await queue.enqueue(row, { n: 4 }).catch((error: unknown) => error);
      expectEqual(codeOf(refused), "queue_full", "the code of an enqueue");
      await harness.pass(1_000);
      expectEqual(await queue.pressure(imports), { depth: 2, limit: 2, oldestMs: 1_000 }, "the pressure");
      expectEqual(await queue.pressure("imports"), { depth: 2, limit: undefined, oldestMs: 1_000 }, "that of a name");
      expectEqual(pipeline.types(), ["enqueued", "enqueued"], "the events");
    },
  }),

  defineCase({
    name: "a producer can wait for room, for so long",
    needs: ["depth", "Depth", "unique", "Control"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const [first] = await queue.enqueueMany([1, 2].map((n) => row.with({ n })));
      const tries: number[] = [];
      const add = (n: number) =>
        untilRoom(
          "5s",
          () => {
            tries.push(n);
            return queue.enqueue(row, { n });
          },
          { platform: pipeline.options.platform },
        );
      const refused = add(3).catch((error: unknown) => error);
      await harness.pass(6_000);
      expectEqual(codeOf(await refused), "queue_full", "the code after five seconds");
      expect(tries.length > 5 && tries.length < 40, `it tried ${tries.length} times`);
      const waiting = add(4);
      await harness.pass(1_000);
      await harness.adapter.cancel([{ id: first?.id ?? "", ...SAME_PARTITION }]);
      await harness.pass(3_000);
      expectEqual((await waiting).status, "created", "the answer when there is room");
    },
  }),

  defineCase({
    name: "what a job enqueues by itself gets into a full queue, which would not become empty otherwise",
    needs: ["depth", "Depth", "unique", "Pull"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      await queue.enqueueMany([1, 2].map((n) => row.with({ n })));
      const ran: number[] = [];
      const handler = handle(row, ({ n }, context) => {
        ran.push(n);
        if (n < 10) for (const more of [10, 20]) context.enqueue(row.with({ n: n + more }));
      });
      const options = { ...pipeline.options, handlers: [handler], queues: { imports: 1 } };
      await pipeline.drain(createWorker(harness.adapter, options));
      expectEqual(
        [...ran].sort((a, b) => a - b),
        [1, 2, 11, 12, 21, 22],
        "what ran",
      );
    },
  }),
];
