import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { cancelWhere, clear, obliterate, replayWhere } from "@longshore/core/bulk";
import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { anything, newPipeline } from "../../pipeline.ts";

const step = defineJob("step", { input: anything, retry: fixed({ attempts: 1, delay: "1m" }) });

/** The adapter has the traits, as the suite has checked. */
function queueOf(
  { adapter }: Harness<"dependencies" | "unique" | "Inspect" | "Control">,
  options: Parameters<typeof createQueue>[1],
) {
  return createQueue(
    adapter as typeof adapter & { readonly traits: Traits & { readonly dependencies: true; readonly unique: true } },
    options,
  );
}

type FamilyQueue = ReturnType<typeof queueOf>;

/** Enqueues three jobs, each after the next: by their ids, the last child is the first. */
async function family(queue: FamilyQueue, name: string): Promise<readonly string[]> {
  const parent = step.with({}, { partition: name, id: `${name}-c` });
  const middle = step.with({}, { partition: name, id: `${name}-b`, after: [parent] });
  const child = step.with({}, { partition: name, id: `${name}-a`, after: [middle] });
  return (await queue.enqueueMany([child, middle, parent])).map(({ id }) => id);
}

async function states(queue: FamilyQueue): Promise<readonly string[]> {
  return (await queue.list()).jobs.map(({ state }) => state);
}

/** Verbs for many jobs, of which some come after others. */
export const bulkFamilyCases: readonly Case[] = [
  defineCase({
    name: "jobs that come after others are cancelled and removed together with these, and none is dead for it",
    needs: ["dependencies", "unique", "Inspect", "Control"],
    async run(harness) {
      const { options } = newPipeline(harness);
      const queue = queueOf(harness, options);
      const { platform } = options;
      const ends = {
        cancelWhere: () => cancelWhere(queue, { name: "step" }, { platform }),
        cancelMany: async () => queue.cancelMany([...(await queue.list()).jobs].reverse()),
        clear: () => clear(queue, "default", { platform }),
        removeMany: async () => queue.removeMany([...(await queue.list()).jobs].reverse()),
      };
      for (const [name, end] of Object.entries(ends)) {
        await family(queue, name);
        await end();
        const expected = name.startsWith("cancel") ? Array(3).fill("cancelled") : [];
        expectEqual(await states(queue), expected, `the states after ${name}`);
        await obliterate(queue, "default", { confirm: "default", platform });
      }
    },
  }),

  defineCase({
    name: "of dead jobs that come after others, those are replayed before these, whatever their ids",
    needs: ["dependencies", "unique", "Pull", "Inspect", "Control"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const { platform } = pipeline.options;
      const queue = queueOf(harness, pipeline.options);
      const ran: string[] = [];
      let down = true;
      const handler = handle(step, (_input, { id }) => {
        ran.push(id);
        if (down) throw new Error("503 service unavailable");
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      const replays = {
        replayWhere: () => replayWhere(queue, { name: "step" }, { perSecond: 1_000, platform }),
        replayMany: async () => queue.replayMany((await queue.list({ state: "dead" })).jobs),
      };
      for (const [name, replay] of Object.entries(replays)) {
        const [child, middle, parent] = await family(queue, name);
        down = true;
        await pipeline.drain(worker);
        ran.length = 0;
        down = false;
        await replay();
        await pipeline.drain(worker);
        expectEqual(ran, [parent, middle, child], `the order of their runs after ${name}`);
      }
    },
  }),
];
