import type { Limits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { MINUTE, SECOND, claimOne, retry, settle } from "../../jobs.ts";
import { LIMITED, add, claimed, dueInMs, limited, only, ref, stateOf } from "./limited-jobs.ts";

const NEEDS = [...LIMITED, "throttle"] as const;
/** One a second. */
const SLOW: Limits = { key: "k", rate: { everyMs: SECOND, burst: 1 } };
const THREE: Limits = { key: "k", rate: { everyMs: SECOND, burst: 3 } };

/** How often the jobs of a key start. */
export const throttleCases: readonly Case[] = [
  defineCase({
    name: "of a key with a rate one job starts each time, the others wait and have no attempt, and it is known when the next is due",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c"], SLOW);
      expectEqual([await claimed(harness), await claimed(harness)], [["a"], []], "what starts at once");
      expectEqual([await stateOf(harness, "b"), await stateOf(harness, "c")], ["delayed", "blocked"], "the others");
      expectEqual(await dueInMs(harness), SECOND, "when the next is due");
      await harness.pass(SECOND - 1);
      expectEqual(await claimed(harness), [], "what starts too early");
      await harness.pass(1);
      const second = await only(harness);
      expectEqual([second.id, second.attempt, second.waitedMs], ["b", 1, 0], "what starts next");
      await harness.pass(5 * SECOND);
      expectEqual(await claimed(harness), ["c"], "what starts after a pause");
    },
  }),

  defineCase({
    name: "after a pause a burst starts at once, and then one each time",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c", "d", "e", "f", "g", "h"], THREE);
      expectEqual(await claimed(harness), ["a", "b", "c"], "the burst");
      expectEqual(await dueInMs(harness), SECOND, "when the next is due");
      await harness.pass(SECOND);
      expectEqual(await claimed(harness), ["d"], "a second later");
      await harness.pass(2 * SECOND);
      expectEqual(await claimed(harness), ["e", "f"], "two seconds later");
      await harness.pass(SECOND - 1);
      expectEqual(await claimed(harness), [], "what starts too early");
      await harness.pass(1);
      expectEqual(await claimed(harness), ["g"], "the next");
    },
  }),

  defineCase({
    name: "a rate may be a fraction, and no job starts before it says",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c"], { key: "k", rate: { everyMs: 1_000 / 3, burst: 1 } });
      await claimOne(harness, "a");
      expectEqual(await dueInMs(harness), 334, "when the next is due");
      await harness.pass(334);
      await claimOne(harness, "b");
      await harness.pass(333);
      expectEqual(await claimed(harness), [], "what starts too early");
      await harness.pass(1);
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "each attempt is a start: a retry waits for the rate, too",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a"], SLOW);
      await settle(harness, await claimOne(harness, "a"), retry());
      expectEqual([await claimed(harness), await dueInMs(harness)], [[], SECOND], "the retry");
      await harness.pass(SECOND);
      const again = await claimOne(harness, "a");
      expectEqual(again.attempt, 2, "its attempt");
    },
  }),

  defineCase({
    name: "the next claim of a job whose worker vanished waits for no rate",
    needs: NEEDS,
    async run(harness) {
      const rate = { everyMs: 60 * MINUTE, burst: 1 };
      await add(harness, ["a"], { key: "k", rate });
      await claimOne(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs);
      const again = await claimOne(harness, "a");
      expectEqual([again.stalled, again.attempt], [true, 2], "the claim");
    },
  }),

  defineCase({
    name: "a delayed job waits for the rate when it is due, and costs no attempt by that",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a"], SLOW, { due: { inMs: SECOND } });
      await harness.pass(SECOND - 1);
      await add(harness, ["b"], SLOW);
      await claimOne(harness, "b");
      await harness.pass(1);
      expectEqual(await claimed(harness), [], "what starts beside");
      expectEqual(await dueInMs(harness), SECOND - 1, "when it is due");
      await harness.pass(SECOND - 1);
      expectEqual((await claimOne(harness, "a")).attempt, 1, "its attempt");
    },
  }),

  defineCase({
    name: "a key over its rate holds up no other, however many of its jobs wait",
    needs: NEEDS,
    async run(harness) {
      const names = Array.from({ length: 300 }, (_, i) => `a${100 + i}`);
      await add(harness, names, SLOW, { priority: 0 });
      await add(harness, ["b"], { ...SLOW, key: "K" });
      await add(harness, ["c"], {});
      expectEqual(await claimed(harness), ["a100", "b", "c"], "what starts");
    },
  }),

  defineCase({
    name: "an urgent job passes those that wait for their rate, but for the one whose turn it is",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c", "d"], SLOW, { priority: 9 });
      await claimOne(harness, "a");
      await add(harness, ["urgent"], SLOW, { priority: 0 });
      for (const next of ["b", "urgent", "c", "d"]) {
        await harness.pass(SECOND);
        await claimOne(harness, next);
      }
    },
  }),

  defineCase({
    name: "a limit and a rate of one key both hold",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c"], { ...SLOW, running: 1 });
      await settle(harness, await claimOne(harness, "a"));
      expectEqual(await claimed(harness), [], "what starts before the rate says so");
      await harness.pass(SECOND);
      const job = await claimOne(harness, "b");
      await harness.pass(SECOND);
      expectEqual([await claimed(harness), await stateOf(harness, "c")], [[], "blocked"], "what starts beside");
      await settle(harness, job);
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "runNow, a cancellation and a removal let no job start before its rate says so",
    needs: NEEDS,
    async run(harness) {
      const { adapter } = harness;
      await add(harness, ["a", "b", "c", "d"], SLOW);
      await settle(harness, await claimOne(harness, "a"));
      await adapter.runNow([ref("b")]);
      expectEqual(await claimed(harness), [], "after runNow");
      await adapter.cancel([ref("b")]);
      await adapter.remove([ref("c")]);
      expectEqual([await claimed(harness), await dueInMs(harness)], [[], SECOND], "after the cancellation");
      await harness.pass(SECOND);
      await claimOne(harness, "d");
      await adapter.replay([ref("b")]);
      expectEqual([await claimed(harness), await dueInMs(harness)], [[], SECOND], "after the replay");
    },
  }),

  defineCase({
    name: "a job whose turn it is, and for which an operator has no patience, holds up none of the others with its key",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c"], SLOW);
      await settle(harness, await claimOne(harness, "a"));
      await harness.adapter.runNow([ref("b")]);
      const started: string[] = [];
      for (const _ of ["b", "c"]) {
        await harness.pass(SECOND);
        started.push(...(await claimed(harness)));
      }
      expectEqual(started.sort(), ["b", "c"], "what starts, one a second");
    },
  }),

  defineCase({
    name: "a job that starts when another has ended waits for the rate like all others",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a"], SLOW);
      const job = await claimOne(harness, "a");
      const next = [limited("b", SLOW)];
      const { id, partition, token } = job;
      await harness.adapter.settle([{ id, partition, token, outcome: { type: "complete" }, next }]);
      expectEqual(await claimed(harness), [], "what starts at once");
      expect((await dueInMs(harness)) === SECOND, "the follow-up should be due after a second");
    },
  }),

  defineCase({
    name: "rates outlive the process that kept them",
    needs: [...NEEDS, "reopen"],
    async run(harness) {
      await add(harness, ["a", "b"], SLOW);
      await claimOne(harness, "a");
      await harness.pass(SECOND / 2);
      const again = { ...harness, adapter: await harness.reopen() };
      expectEqual([await claimed(again), await dueInMs(again)], [[], SECOND / 2], "what starts");
      await add(again, ["c"], SLOW);
      await again.pass(SECOND / 2);
      expectEqual(await claimed(again), ["b"], "what starts a second after the first");
    },
  }),
];
