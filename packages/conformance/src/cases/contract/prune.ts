import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, claim, claimNew, dead, enqueue, getOne, ids, retry, settle, stateOf } from "../../jobs.ts";

/** Longer than any reasonable adapter keeps dead letters. */
const AGES = 3_650 * DAY;

export const pruneCases: readonly Case[] = [
  defineCase({
    name: "a prune takes no job that has not ended, however old",
    needs: ["Pull", "Inspect", "Prune"],
    async run(harness) {
      await enqueue(harness, ["waiting"], { queue: "other", keepMs: 0 });
      await enqueue(harness, ["delayed"], { due: { inMs: 2 * AGES }, keepMs: 0 });
      await settle(harness, await claimNew(harness, "failed", { keepMs: 0 }), retry(2 * AGES));
      await claimNew(harness, "running", { keepMs: 0 });
      await harness.pass(AGES);
      expectEqual(await harness.adapter.prune(100), [], "the pruned dead letters");
      const states = await Promise.all(["waiting", "delayed", "failed", "running"].map((id) => stateOf(harness, id)));
      expectEqual(states, ["enqueued", "delayed", "failed", "stalled"], "the states");
    },
  }),

  defineCase({
    name: "a prune leaves completed, cancelled and dead jobs alone while their time lasts",
    needs: ["Pull", "Inspect", "Control", "Prune"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "completed"));
      await settle(harness, await claimNew(harness, "dead", { keepMs: MINUTE }), dead());
      await claimNew(harness, "cancelled");
      await harness.adapter.cancel([{ id: "cancelled" }]);
      await harness.pass(HOUR);
      expectEqual(await harness.adapter.prune(100), [], "the pruned dead letters");
      const states = await Promise.all(["completed", "dead", "cancelled"].map((id) => stateOf(harness, id)));
      expectEqual(states, ["completed", "dead", "cancelled"], "the states");
    },
  }),

  defineCase({
    name: "a prune returns the dead letters that it removed, and no completed or cancelled jobs",
    needs: ["Pull", "Inspect", "Control", "Prune"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "completed", { keepMs: MINUTE }));
      await claimNew(harness, "cancelled", { keepMs: MINUTE });
      await harness.adapter.cancel([{ id: "cancelled" }]);
      await harness.pass(HOUR);
      expectEqual(await harness.adapter.prune(100), [], "the answer");
      expectEqual(await getOne(harness, "completed"), undefined, "the completed row");
      expectEqual(await harness.adapter.prune(100), [], "the next answer");
    },
  }),

  defineCase({
    name: "a dead letter past its time is pruned, and returned once",
    needs: ["Pull", "Inspect", "Prune"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a", { payload: '{"n":42}' }), dead("beyond help"));
      await harness.pass(AGES);
      const [job, ...others] = await harness.adapter.prune(100);
      expectEqual(others, [], "the other pruned jobs");
      expectEqual(
        [job?.id, job?.state, job?.payload, job?.failures[0]?.message],
        ["a", "dead", '{"n":42}', "beyond help"],
        "the pruned job",
      );
      expectEqual(await getOne(harness, "a"), undefined, "the row");
      expectEqual(await harness.adapter.prune(100), [], "the next answer");
    },
  }),

  defineCase({
    name: "a prune takes no more than its limit, and the next one goes on",
    needs: ["Pull", "Inspect", "Prune"],
    async run(harness) {
      await enqueue(harness, ["a", "b", "c"]);
      for (const job of await claim(harness, 3)) await settle(harness, job, dead());
      await harness.pass(AGES);
      expectEqual((await harness.adapter.prune(2)).length, 2, "the first answer");
      expectEqual((await harness.adapter.list({ limit: 9 })).jobs.length, 1, "how many stand");
      expectEqual(ids(await harness.adapter.prune(2)).length, 1, "the second answer");
    },
  }),
];
