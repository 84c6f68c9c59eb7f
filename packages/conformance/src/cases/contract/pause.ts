import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claim, claimNew, claimOne, enqueue, ids, leaseOf, settle, stateOf } from "../../jobs.ts";

export const pauseCases: readonly Case[] = [
  defineCase({
    name: "a paused queue is not claimed from until it is resumed; other queues are",
    needs: ["Pull", "Control"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      await enqueue(kit, ["b"], { queue: "other" });
      await kit.adapter.pause("default");
      await kit.adapter.pause("default");
      const queues = ["default", "other"].map((name) => ({ name, limit: 9 }));
      expectEqual(ids(await kit.adapter.claim({ queues, leaseMs: MINUTE })), ["b"], "what is claimed");
      await enqueue(kit, ["c"]);
      expectEqual(ids(await claim(kit)), [], "what is claimed of what came later");
      await kit.adapter.resume("default");
      expectEqual([...ids(await claim(kit, 9))].sort(), ["a", "c"], "what is claimed once resumed");
    },
  }),

  defineCase({
    name: "in a paused queue what runs goes on: it is renewed and settled",
    needs: ["Pull", "Renew", "Inspect", "Control"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a");
      await kit.adapter.pause("default");
      await kit.pass(leaseMs - 1);
      expectEqual(await kit.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the renewal");
      expectEqual(await settle(kit, job), "accepted", "the settlement");
      expectEqual(await stateOf(kit, "a"), "completed", "the state");
    },
  }),

  defineCase({
    name: "a lease that ends in a paused queue is not taken over before the queue is resumed",
    needs: ["Pull", "Control"],
    async run(kit) {
      await claimNew(kit, "a");
      await kit.adapter.pause("default");
      await kit.pass(kit.adapter.traits.leaseMs);
      expectEqual(ids(await claim(kit)), [], "what is claimed while paused");
      await kit.adapter.resume("default");
      expectEqual((await claimOne(kit, "a")).attempt, 2, "the attempt once resumed");
    },
  }),

  defineCase({
    name: "an operator sees which queues are paused, even empty ones",
    needs: ["Inspect", "Control"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      await kit.adapter.pause("default");
      await kit.adapter.pause("empty");
      const paused = async (): Promise<readonly string[]> =>
        (await kit.adapter.counts()).filter((queue) => queue.paused).map(({ queue }) => queue);
      expectEqual([...(await paused())].sort(), ["default", "empty"], "the paused queues");
      await kit.adapter.resume("empty");
      await kit.adapter.resume("never-paused");
      expectEqual(await paused(), ["default"], "the paused queues after a resume");
    },
  }),
];
