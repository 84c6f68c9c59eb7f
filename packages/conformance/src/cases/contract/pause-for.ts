import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { MINUTE, SECOND, claim, claimNew, claimOne, enqueue, ids, leaseOf } from "../../jobs.ts";

const NEEDS = ["PauseFor", "Pull", "Inspect", "Control", "Wake"] as const;
type Pausing = Harness<(typeof NEEDS)[number]>;

const dueInMs = ({ adapter }: Pausing): Promise<number | undefined> =>
  adapter.dueInMs({ queues: ["default"], schedules: [] });

async function pausedQueues({ adapter }: Pausing): Promise<readonly string[]> {
  return (await adapter.counts()).filter(({ paused }) => paused).map(({ queue }) => queue);
}

export const pauseForCases: readonly Case[] = [
  defineCase({
    name: "a pause for a while ends by itself, and until then its queue alone is not claimed from",
    needs: NEEDS,
    async run(harness) {
      await enqueue(harness, ["a"]);
      await enqueue(harness, ["b"], { queue: "other" });
      await harness.adapter.pauseFor("default", MINUTE);
      const queues = ["default", "other"].map((name) => ({ name, limit: 9 }));
      expectEqual(ids(await harness.adapter.claim({ queues, leaseMs: MINUTE })), ["b"], "what is claimed");
      expectEqual([await dueInMs(harness), await pausedQueues(harness)], [MINUTE, ["default"]], "what is told");
      const [row] = await harness.adapter.get([{ id: "a" }]);
      expectEqual(row?.waitsFor, "the queue is paused", "what the job waits for");
      await harness.pass(MINUTE - 1);
      expectEqual([ids(await claim(harness)), await dueInMs(harness)], [[], 1], "a moment before the end");
      await harness.pass(1);
      expectEqual([await dueInMs(harness), await pausedQueues(harness)], [0, []], "what is told at its end");
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "a shorter pause does not end a longer one, nor one without an end",
    needs: NEEDS,
    async run(harness) {
      await enqueue(harness, ["a"]);
      await harness.adapter.pauseFor("default", MINUTE);
      await harness.adapter.pauseFor("default", SECOND);
      await harness.pass(SECOND);
      expectEqual(ids(await claim(harness)), [], "what is claimed in the longer pause");
      await harness.adapter.pause("default");
      await harness.adapter.pauseFor("default", SECOND);
      await harness.pass(MINUTE);
      expectEqual([ids(await claim(harness)), await dueInMs(harness)], [[], undefined], "in the one without an end");
      await harness.adapter.resume("default");
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "resume ends a pause for a while",
    needs: NEEDS,
    async run(harness) {
      await enqueue(harness, ["a"]);
      await harness.adapter.pauseFor("default", MINUTE);
      await harness.adapter.resume("default");
      expectEqual([await dueInMs(harness), await pausedQueues(harness)], [0, []], "what is told");
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "in a pause for a while what runs is renewed, and a lease that ends is taken over after it",
    needs: [...NEEDS, "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      await harness.adapter.pauseFor("default", 3 * leaseMs);
      await harness.pass(leaseMs);
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["held"], "a late renewal");
      expectEqual(await dueInMs(harness), 2 * leaseMs, "when its lease can be taken over");
      await harness.pass(leaseMs);
      expectEqual(ids(await claim(harness)), [], "what is claimed in the pause");
      await harness.pass(leaseMs);
      expectEqual((await claimOne(harness, "a")).attempt, 2, "the attempt after the pause");
    },
  }),

  defineCase({
    name: "a pause for a while outlives the process that kept it, and ends on time",
    needs: [...NEEDS, "reopen"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await harness.adapter.pauseFor("default", MINUTE);
      const again = { ...harness, adapter: await harness.reopen() };
      expectEqual([ids(await claim(again)), await dueInMs(again)], [[], MINUTE], "what is claimed");
      await again.pass(MINUTE);
      await claimOne(again, "a");
    },
  }),
];
