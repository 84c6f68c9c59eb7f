import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, claim, claimNew, dead, enqueue, getOne, ids, retry, settle, stateOf } from "../../jobs.ts";

/** Longer than any reasonable adapter keeps dead letters. */
const AGES = 3_650 * DAY;

export const pruneCases: readonly Case[] = [
  defineCase({
    name: "a prune takes no job that has not ended, however old",
    needs: ["Pull", "Inspect", "Prune"],
    async run(kit) {
      await enqueue(kit, ["waiting"], { queue: "other", keepMs: 0 });
      await enqueue(kit, ["delayed"], { due: { inMs: 2 * AGES }, keepMs: 0 });
      await settle(kit, await claimNew(kit, "failed", { keepMs: 0 }), retry(2 * AGES));
      await claimNew(kit, "running", { keepMs: 0 });
      await kit.pass(AGES);
      expectEqual(await kit.adapter.prune(100), [], "the pruned dead letters");
      const states = await Promise.all(["waiting", "delayed", "failed", "running"].map((id) => stateOf(kit, id)));
      expectEqual(states, ["enqueued", "delayed", "failed", "stalled"], "the states");
    },
  }),

  defineCase({
    name: "a prune leaves completed, cancelled and dead jobs alone while their time lasts",
    needs: ["Pull", "Inspect", "Control", "Prune"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "completed"));
      await settle(kit, await claimNew(kit, "dead", { keepMs: MINUTE }), dead());
      await claimNew(kit, "cancelled");
      await kit.adapter.cancel([{ id: "cancelled" }]);
      await kit.pass(HOUR);
      expectEqual(await kit.adapter.prune(100), [], "the pruned dead letters");
      const states = await Promise.all(["completed", "dead", "cancelled"].map((id) => stateOf(kit, id)));
      expectEqual(states, ["completed", "dead", "cancelled"], "the states");
    },
  }),

  defineCase({
    name: "a prune of completed and cancelled jobs is silent: it answers dead letters alone",
    needs: ["Pull", "Inspect", "Control", "Prune"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "completed", { keepMs: MINUTE }));
      await claimNew(kit, "cancelled", { keepMs: MINUTE });
      await kit.adapter.cancel([{ id: "cancelled" }]);
      await kit.pass(HOUR);
      expectEqual(await kit.adapter.prune(100), [], "the answer");
      expectEqual(await getOne(kit, "completed"), undefined, "the completed row");
      expectEqual(await kit.adapter.prune(100), [], "the next answer");
    },
  }),

  defineCase({
    name: "a dead letter past its time is pruned with a word, once",
    needs: ["Pull", "Inspect", "Prune"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a", { payload: '{"n":42}' }), dead("beyond help"));
      await kit.pass(AGES);
      const [job, ...others] = await kit.adapter.prune(100);
      expectEqual(others, [], "the other pruned jobs");
      expectEqual(
        [job?.id, job?.state, job?.payload, job?.failures[0]?.message],
        ["a", "dead", '{"n":42}', "beyond help"],
        "the pruned job",
      );
      expectEqual(await getOne(kit, "a"), undefined, "the row");
      expectEqual(await kit.adapter.prune(100), [], "the next answer");
    },
  }),

  defineCase({
    name: "a prune takes no more than its limit, and the next one goes on",
    needs: ["Pull", "Inspect", "Prune"],
    async run(kit) {
      await enqueue(kit, ["a", "b", "c"]);
      for (const job of await claim(kit, 3)) await settle(kit, job, dead());
      await kit.pass(AGES);
      expectEqual((await kit.adapter.prune(2)).length, 2, "the first answer");
      expectEqual((await kit.adapter.list({ limit: 9 })).jobs.length, 1, "how many stand");
      expectEqual(ids(await kit.adapter.prune(2)).length, 1, "the second answer");
    },
  }),
];
