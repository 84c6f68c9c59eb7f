import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { MINUTE, SECOND, claimOne, complete, dead, leaseOf, retry, settle, snooze } from "../../jobs.ts";
import { LIMITED, ONE, add, claimed, dueInMs, limited, only, ref, stateOf, waitsFor } from "./limited-jobs.ts";

/** How many jobs of a key, or of a queue, run at a time. */
export const jobLimitCases: readonly Case[] = [
  defineCase({
    name: "of the jobs with a key, no more run than its limit, and the others are blocked and say what for",
    fault: "F148",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a", "b", "c", "d"], { key: "k", running: 2 });
      const first = await only(harness);
      expectEqual([first.id, first.limited, await claimed(harness)], ["a", true, ["b"]], "the first jobs");
      expectEqual(await claimed(harness), [], "what else runs");
      expectEqual([await stateOf(harness, "c"), await stateOf(harness, "d")], ["blocked", "blocked"], "the others");
      expectEqual(await waitsFor(harness, "c"), "a place among the jobs with its limit's key", "what one waits for");
      await settle(harness, first);
      expectEqual(await claimed(harness), ["c"], "what runs when one has ended");
      expectEqual([await stateOf(harness, "b"), await stateOf(harness, "d")], ["active", "blocked"], "the others then");
    },
  }),

  defineCase({
    name: "the end of a run frees its place, whatever its end",
    fault: "F42",
    needs: LIMITED,
    async run(harness) {
      const { adapter } = harness;
      await add(harness, ["a", "b", "c", "d", "e", "f", "g"], ONE);
      await settle(harness, await claimOne(harness, "a"), complete);
      await settle(harness, await claimOne(harness, "b"), dead());
      await settle(harness, await claimOne(harness, "c"), retry(MINUTE));
      await settle(harness, await claimOne(harness, "d"), snooze(MINUTE));
      await claimOne(harness, "e");
      await adapter.cancel([ref("e")]);
      await claimOne(harness, "f");
      await harness.pass(adapter.traits.leaseMs);
      expectEqual(await adapter.remove([ref("f")]), [{ status: "done" }], "the removal of a stalled one");
      await claimOne(harness, "g");
    },
  }),

  defineCase({
    name: "a key of which many jobs wait holds up no other: they are served in turn",
    needs: LIMITED,
    async run(harness) {
      const names = (key: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${key}${100 + i}`);
      for (const key of ["a", "b"]) await add(harness, names(key, 300), { key });
      const queue = { name: "default", limit: 1 };
      for (let i = 0; i < 5; i++) await harness.adapter.claim({ queues: [queue], leaseMs: MINUTE });
      await add(harness, names("c", 2), { key: "c" });
      const next = [await claimed(harness, 1), await claimed(harness, 1), await claimed(harness, 1)].flat();
      expect(next.includes("c100"), `of three claims one should have got the third key, but they got ${next.join()}`);
      const many = await claimed(harness, 6);
      const shares = ["a", "b", "c"].map((key) => many.filter((id) => id.startsWith(key)).length);
      expect([many.length, Math.max(...shares), shares[2]].join() === "6,3,1", `a claim of six got ${many.join()}`);
    },
  }),

  defineCase({
    name: "a job whose lease has ended keeps its place, and its own next claim takes it",
    fault: "F148",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a", "b"], ONE);
      await claimOne(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(await claimed(harness), ["a"], "what a claim gets");
      expectEqual(await stateOf(harness, "b"), "blocked", "the other");
    },
  }),

  defineCase({
    name: "a delayed job waits for a place when it is due, and until then neither takes nor promises one",
    fault: "F66",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a"], ONE, { due: { inMs: SECOND } });
      await add(harness, ["b", "c"], ONE);
      const job = await claimOne(harness, "b");
      await harness.pass(SECOND);
      expectEqual(await claimed(harness), [], "what is claimed beside");
      expectEqual(await stateOf(harness, "a"), "blocked", "the delayed one, now due");
      expect((await dueInMs(harness)) !== 0, "nothing is due, and a worker should not be told so");
      await settle(harness, job);
      expectEqual(await dueInMs(harness), 0, "when the next is due");
      // It was due before the one that was delayed.
      await settle(harness, await claimOne(harness, "c"));
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "a job whose turn it was waits again if one that was delayed takes its place, and starts when that has ended",
    fault: "F42",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a"], ONE, { due: { inMs: SECOND }, priority: 1 });
      await add(harness, ["b"], ONE);
      await harness.pass(SECOND);
      const job = await only(harness);
      expectEqual([job.id, await claimed(harness), await stateOf(harness, "b")], ["a", [], "blocked"], "what runs");
      await settle(harness, job);
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "behind a key, jobs start by priority, and by their enqueue among equals",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a"], ONE);
      await add(harness, ["b", "c"], ONE);
      await add(harness, ["d"], ONE, { priority: 1 });
      for (const id of ["a", "d", "b", "c"]) await settle(harness, await claimOne(harness, id));
    },
  }),

  defineCase({
    name: "jobs of other keys, and jobs without one, start beside a key at its limit",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a", "b"], ONE);
      await add(harness, ["c"], { ...ONE, key: "K" });
      await add(harness, ["d"], {});
      expectEqual(await claimed(harness), ["a", "c", "d"], "the jobs");
    },
  }),

  defineCase({
    name: "a blocked job can be cancelled and removed, not run at once, and a replayed one waits behind its key again",
    needs: LIMITED,
    async run(harness) {
      const { adapter } = harness;
      await add(harness, ["a", "b", "c", "d"], ONE);
      const job = await claimOne(harness, "a");
      expectEqual(await adapter.runNow([ref("b")]), [{ status: "refused", state: "blocked" }], "runNow");
      expectEqual(await adapter.cancel([ref("b")]), [{ status: "done" }], "the cancellation");
      expectEqual(await adapter.remove([ref("c")]), [{ status: "done" }], "the removal");
      expectEqual(await adapter.replay([ref("b")]), [{ status: "done" }], "the replay");
      expectEqual(await stateOf(harness, "b"), "blocked", "the replayed job");
      await settle(harness, job);
      const then = await only(harness);
      await settle(harness, then);
      expectEqual([then.id, (await only(harness)).id].sort(), ["b", "d"], "what starts afterwards");
    },
  }),

  defineCase({
    name: "the removal of the job that may start next lets another one start",
    fault: "F42",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a", "b", "c"], ONE);
      await harness.adapter.remove([ref("a")]);
      await harness.adapter.cancel([ref("b")]);
      expectEqual(await dueInMs(harness), 0, "when the next is due");
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "a follow-up takes the place of the job that it follows, if nobody waits for it",
    needs: LIMITED,
    async run(harness) {
      await add(harness, ["a"], ONE);
      const job = await claimOne(harness, "a");
      const next = [limited("b", ONE), limited("c", ONE)];
      await harness.adapter.settle([{ ...leaseOf(job), outcome: complete, next }]);
      expectEqual(await claimed(harness), ["b"], "what starts");
    },
  }),

  defineCase({
    name: "of a queue, no more jobs run than its number says, whoever enqueued them, and the next starts when one ends",
    fault: "F148",
    needs: [...LIMITED, "Renew"],
    async run(harness) {
      await add(harness, ["a", "b", "c"], { queue: 2 });
      await add(harness, ["d"], {});
      const [a, b] = await harness.adapter.claim({ queues: [{ name: "default", limit: 9 }], leaseMs: SECOND });
      expectEqual([a?.id, b?.id, await claimed(harness)], ["a", "b", []], "what runs");
      expectEqual(await waitsFor(harness, "c"), "the limit of its queue is reached", "what the next waits for");
      expectEqual(await dueInMs(harness), SECOND, "when there is room again: when a lease ends");
      if (a !== undefined) await settle(harness, a);
      expectEqual(await claimed(harness), ["c"], "what runs when one has ended");
      await harness.pass(SECOND);
      expectEqual(await claimed(harness), ["d"], "what runs when a lease has ended");
      const late = b === undefined ? [] : await harness.adapter.renew([leaseOf(b)], SECOND);
      expectEqual(late, ["lost"], "the renewal of a lease whose place another job has");
    },
  }),

  defineCase({
    name: "a lease that has ended has its queue's place again by a renewal, and a call that names it twice does not lose it",
    needs: [...LIMITED, "Renew"],
    async run(harness) {
      await add(harness, ["a", "b"], { queue: 1 });
      const lease = leaseOf(await only(harness));
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(await harness.adapter.renew([lease, lease], MINUTE), ["held", "held"], "the answers");
      expectEqual(await claimed(harness), [], "what runs beside");
    },
  }),

  defineCase({
    name: "the end of a run wakes the workers if another job waits for its place",
    fault: "F66",
    needs: [...LIMITED, "Notify"],
    async run(harness) {
      for (const [i, limits] of [ONE, { queue: 1 }].entries()) {
        await add(harness, [`a${i}`, `b${i}`], limits);
        const job = await claimOne(harness, `a${i}`);
        await harness.idle();
        let wakes = 0;
        const stop = harness.adapter.onWake(() => wakes++);
        await settle(harness, job);
        await harness.until(() => wakes > 0, "a listener was called");
        stop();
        await settle(harness, await claimOne(harness, `b${i}`));
      }
    },
  }),

  defineCase({
    name: "limits outlive the process that kept them",
    fault: "F148",
    needs: [...LIMITED, "reopen"],
    async run(harness) {
      await add(harness, ["a", "b", "c"], ONE);
      const job = await claimOne(harness, "a");
      const again = { ...harness, adapter: await harness.reopen() };
      expectEqual(await claimed(again), [], "what runs beside");
      expectEqual(await stateOf(again, "b"), "blocked", "who waits");
      await settle(again, job);
      await claimOne(again, "b");
      expectEqual(await claimed(again), [], "what runs beside the second");
    },
  }),
];
