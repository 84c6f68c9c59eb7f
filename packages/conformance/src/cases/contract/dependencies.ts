import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  claim,
  claimOne,
  complete,
  dead,
  ids,
  leaseOf,
  retry,
  settle,
  snooze,
} from "../../jobs.ts";
import { NEEDS, add, child, ref, stateOf, together } from "./linked-jobs.ts";

/** When a job starts that comes after others, and how long those stand. What becomes of it if they fail: `failed-parents.ts`. */
export const dependencyCases: readonly Case[] = [
  defineCase({
    name: "a job waits until all of its parents have ended, and starts once",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b"), child("c", ["a", "b"]));
      expectEqual(await stateOf(harness, "c"), "blocked", "its state");
      const parents = await claim(harness, 9);
      expectEqual(ids(parents), ["a", "b"], "what a claim gets");
      const [a, b] = parents.map(leaseOf);
      if (a === undefined || b === undefined) return;
      await settle(harness, a);
      expectEqual(ids(await claim(harness, 9)), [], "what a claim gets after the first end");
      await settle(harness, b);
      await settle(harness, b);
      expectEqual(ids(await claim(harness, 9)), ["c"], "what a claim gets after both");
      expectEqual(await settle(harness, b), "repeated", "the answer to a repeated end");
      expectEqual(ids(await claim(harness, 9)), [], "what a second claim gets");
    },
  }),

  defineCase({
    name: "a parent that is retried, given back or stalled has not ended",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), child("b", ["a"]));
      await settle(harness, await claimOne(harness, "a"), retry());
      await settle(harness, await claimOne(harness, "a"), snooze());
      await claimOne(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs);
      const again = await claimOne(harness, "a");
      expectEqual(await stateOf(harness, "b"), "blocked", "the state of the child");
      await settle(harness, again);
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "the jobs of a call may come after each other, whatever their order in it",
    needs: NEEDS,
    async run(harness) {
      const answers = await add(harness, child("c", ["b"]), child("b", ["a"]), together("a"));
      expectEqual(answers, [{ status: "created" }, { status: "created" }, { status: "created" }], "the answers");
      for (const id of ["a", "b", "c"]) {
        const jobs = await claim(harness, 9);
        expectEqual(ids(jobs), [id], "what a claim gets");
        for (const job of jobs) await settle(harness, job);
      }
    },
  }),

  defineCase({
    name: "a parent may run, or have ended, when its child is enqueued",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a", { keepMs: 0 }), together("b"));
      const [a, b] = await claim(harness, 9);
      if (a === undefined || b === undefined) return;
      await settle(harness, b);
      await add(harness, child("c", ["a"]), child("d", ["b"]));
      expectEqual(await stateOf(harness, "c"), "blocked", "the child of the one that runs");
      await settle(harness, await claimOne(harness, "d"));
      await settle(harness, a);
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "a call that names an unknown parent is refused as a whole, and changes nothing",
    needs: NEEDS,
    async run(harness) {
      const answers = await add(harness, together("a"), child("b", ["a", "nobody"]));
      expectEqual(
        answers.map(({ status }) => status),
        ["failed", "failed"],
        "the answers",
      );
      const [first] = answers;
      expectEqual(
        first && "message" in first && first.message,
        "no job nobody stands that b could come after",
        "the message",
      );
      expectEqual([await stateOf(harness, "a"), await stateOf(harness, "b")], ["gone", "gone"], "the states");
    },
  }),

  defineCase({
    name: "a call that is repeated adds no job, even if a parent is gone by then",
    fault: "F48",
    needs: NEEDS,
    async run(harness) {
      const jobs = [together("a", { keepMs: 0 }), child("b", ["a"])];
      await add(harness, ...jobs);
      expectEqual(
        await add(harness, ...jobs),
        [
          { status: "duplicate", state: "enqueued" },
          { status: "duplicate", state: "blocked" },
        ],
        "the answers",
      );
      await settle(harness, await claimOne(harness, "a"));
      await settle(harness, await claimOne(harness, "b"));
      expectEqual(
        (await add(harness, child("b", ["a"]))).map(({ status }) => status),
        ["duplicate"],
        "the answer after both",
      );
    },
  }),

  defineCase({
    name: "a parent stands with its result until its children have ended, whatever its keep, and no longer",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a", { keepMs: 0 }), together("b", { keepMs: MINUTE }), child("c", ["a", "b"]));
      for (const job of await claim(harness, 9))
        await settle(harness, job, { type: "complete", result: `"${job.id}"` });
      await harness.pass(HOUR);
      const job = await claimOne(harness, "c");
      const parents = await harness.adapter.get([ref("a"), ref("b")]);
      expectEqual(
        parents.map((row) => row?.result),
        ['"a"', '"b"'],
        "their results while the child runs",
      );
      const [row] = await harness.adapter.get([ref("c")]);
      expectEqual(row?.after, ["a", "b"], "the parents that the child tells");
      expectEqual(ids((await harness.adapter.list({ limit: 9 })).jobs), ["a", "b", "c"], "what is listed");
      await settle(harness, job);
      expectEqual([await stateOf(harness, "a"), await stateOf(harness, "b")], ["gone", "gone"], "after its end");
      expectEqual(ids((await harness.adapter.list({ limit: 9 })).jobs), ["c"], "what is listed after its end");
    },
  }),

  defineCase({
    name: "the delay of a child counts from its enqueue",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), child("b", ["a"], { due: { inMs: MINUTE } }));
      await harness.pass(SECOND);
      await settle(harness, await claimOne(harness, "a"));
      expectEqual(await stateOf(harness, "b"), "delayed", "its state when its parent has ended");
      await harness.pass(59 * SECOND);
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "a job that waits for its parents is not run now, and can be cancelled and removed",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), child("b", ["a"]), child("c", ["a"]));
      expectEqual(await harness.adapter.runNow([ref("b")]), [{ status: "refused", state: "blocked" }], "runNow");
      expectEqual(await harness.adapter.cancel([ref("b")]), [{ status: "done" }], "the cancellation");
      expectEqual(await harness.adapter.remove([ref("c")]), [{ status: "done" }], "the removal");
      await settle(harness, await claimOne(harness, "a"));
      expectEqual(ids(await claim(harness, 9)), [], "what a claim gets");
      expectEqual([await stateOf(harness, "b"), await stateOf(harness, "c")], ["cancelled", "gone"], "their states");
    },
  }),

  defineCase({
    name: "a later job with a parent's id is no parent",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b"), child("c", ["a", "b"], {}, "run"));
      await harness.adapter.remove([ref("a")]);
      await add(harness, together("a", { due: { inMs: DAY } }));
      await settle(harness, await claimOne(harness, "b"));
      await claimOne(harness, "c");
    },
  }),

  defineCase({
    name: "the end of a parent tells how many jobs it freed, and wakes the workers",
    fault: "F66",
    needs: [...NEEDS, "Notify"],
    async run(harness) {
      await add(harness, together("a"), child("b", ["a"]), child("c", ["a"]));
      const job = await claimOne(harness, "a");
      await harness.idle();
      let wakes = 0;
      const stop = harness.adapter.onWake(() => wakes++);
      expectEqual(await settle(harness, job), { status: "accepted", next: [], freed: 2 }, "the answer");
      await harness.until(() => wakes > 0, "a listener was called");
      stop();
    },
  }),

  defineCase({
    name: "a follow-up may come after jobs that stand, and after others of its settlement",
    needs: NEEDS,
    async run(harness) {
      await add(harness, together("a"), together("b", { due: { inMs: MINUTE } }));
      const job = await claimOne(harness, "a");
      const next = [child("c", ["b"]), child("d", ["c"])];
      await harness.adapter.settle([{ ...leaseOf(job), outcome: complete, next }]);
      expectEqual([await stateOf(harness, "c"), await stateOf(harness, "d")], ["blocked", "blocked"], "their states");
      await harness.pass(MINUTE);
      for (const id of ["b", "c", "d"]) await settle(harness, await claimOne(harness, id));
    },
  }),

  defineCase({
    name: "a job that comes after one whose unique key is held comes after the job that holds it",
    needs: [...NEEDS, "Keys"],
    async run(harness) {
      const unique = { key: "k", on: "keep" } as const;
      await add(harness, together("a", { unique }));
      await add(harness, together("b", { unique }), child("c", ["b"]));
      expectEqual(await stateOf(harness, "c"), "blocked", "its state");
      await settle(harness, await claimOne(harness, "a"));
      await settle(harness, await claimOne(harness, "c"));
    },
  }),

  defineCase({
    name: "a hundred parents and a line of a hundred jobs end as a few do",
    needs: NEEDS,
    async run(harness) {
      const parents = Array.from({ length: 99 }, (_, n) => `p:${n}`);
      await add(harness, ...parents.map((id) => together(id, { keepMs: 0 })), child("last", parents));
      for (let round = 0; round < 3; round++) {
        const jobs = await claim(harness, 33);
        expectEqual(jobs.length, 33, "how many parents a claim gets");
        await harness.adapter.settle(jobs.map((job) => ({ ...leaseOf(job), outcome: complete })));
      }
      await settle(harness, await claimOne(harness, "last"));
      await add(harness, together("l:0"), ...parents.map((_, n) => child(`l:${n + 1}`, [`l:${n}`])));
      const answer = await settle(harness, await claimOne(harness, "l:0"), dead());
      expectEqual(answer, { status: "accepted", next: [], buried: 99 }, "the answer to the first of a line that dies");
      expectEqual(await stateOf(harness, "l:99"), "dead", "the state of the last");
    },
  }),
];
