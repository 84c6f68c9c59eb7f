import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { SAME_PARTITION } from "../../jobs.ts";
import { anyInput, gate, newPipeline } from "../../pipeline.ts";

type Digest = { readonly user: string; readonly n: number };
const digest = defineJob("digest", {
  input: anyInput<Digest>(),
  partition: () => SAME_PARTITION.partition,
  unique: { key: ({ user }: Digest) => user, on: "replace" },
});

/** The adapter has the trait, as the suite has checked. */
function queueOf({ adapter }: Harness<"Keys">, options: Parameters<typeof createQueue>[1]) {
  return createQueue(adapter as typeof adapter & { readonly traits: Traits & { readonly uniqueKeys: true } }, options);
}

export const keyPipelineCases: readonly Case[] = [
  defineCase({
    name: "an update during a run is not lost: the same worker runs the latest when the run has ended",
    needs: ["Keys", "Pull", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const [started, held] = [gate(), gate()];
      const seen: number[] = [];
      const handler = handle(digest, async ({ n }) => {
        seen.push(n);
        started.open();
        await held.opened;
      });
      const first = await queue.enqueue(digest, { user: "u", n: 1 });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const drained = pipeline.drive(worker);
      await harness.soon(started.opened, "the handler started");
      const second = await queue.enqueue(digest, { user: "u", n: 2 });
      const third = await queue.enqueue(digest, { user: "u", n: 3 });
      expectEqual([second.status, third.status], ["queued_behind", "queued_behind"], "the answers during the run");
      expectEqual([third.id === second.id, second.id === first.id], [true, false], "whose ids the answers tell");
      held.open();
      await harness.soon(drained, "the worker ran all that was due");
      expectEqual(seen, [1, 3], "what ran");
      const told = pipeline.types().filter((type) => type === "enqueued" || type === "replaced");
      expectEqual(told, ["enqueued", "enqueued", "replaced"], "the events of enqueues");
    },
  }),

  defineCase({
    name: "a replaced job runs once with the latest input, and its event tells the id that stands",
    needs: ["Keys", "Pull", "Inspect"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = queueOf(harness, pipeline.options);
      const first = await queue.enqueue(digest, { user: "u", n: 1 });
      const [second, other] = await queue.enqueueMany([
        digest.with({ user: "u", n: 2 }),
        digest.with({ user: "v", n: 9 }),
      ]);
      expectEqual([second?.status, second?.id, other?.status], ["replaced", first.id, "created"], "the answers");
      const event = pipeline.events.find(({ type }) => type === "replaced");
      expectEqual(event && "job" in event && event.job.id, first.id, "the job of the event");
      const seen: number[] = [];
      const handler = handle(digest, ({ n }) => void seen.push(n));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(seen.sort(), [2, 9], "what ran");
    },
  }),

  defineCase({
    name: "a released key makes a job of the next enqueue",
    needs: ["Keys", "Pull", "Inspect"],
    async run(harness) {
      const queue = queueOf(harness, newPipeline(harness).options);
      const input = { user: "u", n: 1 };
      expectEqual(await queue.release(digest, input), "free", "the release of a key that nobody has");
      await queue.enqueue(digest, input);
      expectEqual(await queue.release(digest, input), "released", "the release");
      expectEqual((await queue.enqueue(digest, input)).status, "created", "the next enqueue");
    },
  }),
];
