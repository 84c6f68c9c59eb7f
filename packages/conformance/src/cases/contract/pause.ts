import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claim, claimNew, claimOne, enqueue, ids, leaseOf, settle, stateOf } from "../../jobs.ts";

export const pauseCases: readonly Case[] = [
  defineCase({
    name: "a paused queue is not claimed from until it is resumed; other queues are",
    needs: ["Pull", "Control"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await enqueue(harness, ["b"], { queue: "other" });
      await harness.adapter.pause("default");
      await harness.adapter.pause("default");
      const queues = ["default", "other"].map((name) => ({ name, limit: 9 }));
      expectEqual(ids(await harness.adapter.claim({ queues, leaseMs: MINUTE })), ["b"], "what is claimed");
      await enqueue(harness, ["c"]);
      expectEqual(ids(await claim(harness)), [], "what is claimed of what came later");
      await harness.adapter.resume("default");
      expectEqual([...ids(await claim(harness, 9))].sort(), ["a", "c"], "what is claimed once resumed");
    },
  }),

  defineCase({
    name: "in a paused queue what runs goes on: it is renewed and settled",
    needs: ["Pull", "Renew", "Inspect", "Control"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      await harness.adapter.pause("default");
      await harness.pass(leaseMs - 1);
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the renewal");
      expectEqual(await settle(harness, job), "accepted", "the settlement");
      expectEqual(await stateOf(harness, "a"), "completed", "the state");
    },
  }),

  defineCase({
    name: "a lease that ends in a paused queue is not taken over before the queue is resumed",
    needs: ["Pull", "Control"],
    async run(harness) {
      await claimNew(harness, "a");
      await harness.adapter.pause("default");
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(ids(await claim(harness)), [], "what is claimed while paused");
      await harness.adapter.resume("default");
      expectEqual((await claimOne(harness, "a")).attempt, 2, "the attempt once resumed");
    },
  }),

  defineCase({
    name: "an operator sees which queues are paused, even empty ones",
    needs: ["Inspect", "Control"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      await harness.adapter.pause("default");
      await harness.adapter.pause("empty");
      const paused = async (): Promise<readonly string[]> =>
        (await harness.adapter.counts()).filter((queue) => queue.paused).map(({ queue }) => queue);
      expectEqual([...(await paused())].sort(), ["default", "empty"], "the paused queues");
      await harness.adapter.resume("empty");
      await harness.adapter.resume("never-paused");
      expectEqual(await paused(), ["default"], "the paused queues after a resume");
      const all = (await harness.adapter.counts()).map(({ queue }) => queue);
      expectEqual(all, ["default"], "the queues: those with jobs, and those that are paused");
    },
  }),
];
