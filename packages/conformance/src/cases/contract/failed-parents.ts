import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claim, claimOne, dead, ids, settle } from "../../jobs.ts";
import { NEEDS, add, child, failuresOf, ref, stateOf, together } from "./linked-jobs.ts";

/** What a parent that fails does to the jobs that come after it, and what a replay makes good. */
export const failedParentCases: readonly Case[] = [
  defineCase({
    name: "a job is dead with a parent that is dead, cancelled or removed, and so are those that come after it",
    needs: NEEDS,
    async run(harness) {
      const ways = { dead: "is dead", cancel: "was cancelled", remove: "was removed" } as const;
      for (const [way, text] of Object.entries(ways)) {
        const [a, b, c] = [`${way}:a`, `${way}:b`, `${way}:c`];
        await add(harness, together(a), child(b, [a]), child(c, [b]));
        if (way === "dead") {
          const answer = await settle(harness, await claimOne(harness, a), dead());
          expectEqual(answer, { status: "accepted", next: [], buried: 2 }, "the answer to the parent's end");
        } else await harness.adapter[way as "cancel" | "remove"]([ref(a)]);
        expectEqual([await stateOf(harness, b), await stateOf(harness, c)], ["dead", "dead"], `the states (${way})`);
        expectEqual(
          await failuresOf(harness, b),
          [`The job ${a}, which this one comes after, ${text}.`],
          `the reason (${way})`,
        );
        expectEqual(
          await failuresOf(harness, c),
          [`The job ${b}, which this one comes after, is dead.`],
          `the reason of the next (${way})`,
        );
        expectEqual(ids(await claim(harness, 9)), [], `what a claim gets (${way})`);
      }
    },
  }),

  defineCase({
    name: "a job whose parents may fail runs when all have ended, in whatever way",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b"), together("c"), child("d", ["a", "b", "c"], {}, "run"));
      await settle(harness, await claimOne(harness, "a"), dead());
      await harness.adapter.cancel([ref("b")]);
      expectEqual(await stateOf(harness, "d"), "blocked", "its state before the last end");
      await harness.adapter.remove([ref("c")]);
      await claimOne(harness, "d");
    },
  }),

  defineCase({
    name: "whoever comes after a job that was cancelled while it ran starts when its worker has surely learned of it",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), child("b", ["a"], {}, "run"));
      await claimOne(harness, "a");
      await harness.adapter.cancel([ref("a")]);
      expectEqual(ids(await claim(harness, 9)), [], "what runs beside a cancelled job");
      await harness.pass(harness.adapter.traits.leaseMs);
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "a job that is enqueued after one that had failed is dead from the beginning, or runs",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"));
      await settle(harness, await claimOne(harness, "a"), dead());
      await add(harness, child("b", ["a"]), child("c", ["b"]), child("d", ["a"], {}, "run"));
      expectEqual([await stateOf(harness, "b"), await stateOf(harness, "c")], ["dead", "dead"], "the states");
      await claimOne(harness, "d");
    },
  }),

  defineCase({
    name: "a replay of a parent lets those wait again that were dead with it, and no others",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), child("b", ["a"]), child("c", ["b"]), child("d", ["a"]));
      await harness.adapter.cancel([ref("d")]);
      await settle(harness, await claimOne(harness, "a"), dead());
      expectEqual(await harness.adapter.replay([ref("a")]), [{ status: "done" }], "the replay");
      const states = await Promise.all(["a", "b", "c", "d"].map((id) => stateOf(harness, id)));
      expectEqual(states, ["enqueued", "blocked", "blocked", "cancelled"], "the states after the replay");
      for (const id of ["a", "b", "c"]) await settle(harness, await claimOne(harness, id));
      expectEqual(ids(await claim(harness, 9)), [], "what is left");
    },
  }),

  defineCase({
    name: "a job with two dead parents waits again when both are replayed",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b"), child("c", ["a", "b"]));
      for (const job of await claim(harness, 9)) await settle(harness, job, dead());
      await harness.adapter.replay([ref("a")]);
      expectEqual(await stateOf(harness, "c"), "dead", "its state after the first replay");
      await harness.adapter.replay([ref("b")]);
      expectEqual(await stateOf(harness, "c"), "blocked", "its state after both");
      for (const job of await claim(harness, 9)) await settle(harness, job);
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "a job that is dead with one of its parents waits again when that one is replayed and the time of the other is over",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b", { keepMs: MINUTE }), child("c", ["a", "b"]));
      await harness.adapter.cancel([ref("a"), ref("b")]);
      await harness.pass(2 * MINUTE);
      await harness.adapter.replay([ref("a")]);
      expectEqual(await stateOf(harness, "c"), "blocked", "its state after the replay");
      await settle(harness, await claimOne(harness, "a"));
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "a job that was dead with its parent can be replayed alone, and waits for parents that have not ended",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b"), child("c", ["a", "b"]));
      const [a, b] = await claim(harness, 9);
      if (a === undefined || b === undefined) return;
      await settle(harness, a, dead());
      await harness.adapter.replay([ref("c")]);
      expectEqual(await stateOf(harness, "c"), "blocked", "its state while the other parent runs");
      await settle(harness, b);
      const job = await claimOne(harness, "c");
      await harness.adapter.replay([ref("a")]);
      expectEqual(await settle(harness, job), "accepted", "the settlement of the child, whose parent is replayed");
    },
  }),
];
