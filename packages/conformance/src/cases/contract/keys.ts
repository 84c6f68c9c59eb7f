import type { EnqueueAnswer, Unique } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  HOUR,
  MINUTE,
  SAME_PARTITION,
  SECOND,
  claim,
  claimNew,
  claimOne,
  complete,
  dead,
  leaseOf,
  newJob,
  retry,
  row,
  settle,
} from "../../jobs.ts";
import { DEBOUNCE, KEEP, NEEDS, REPLACE, add, keyed, ref, stateOf } from "./keyed-jobs.ts";

/** Who holds a unique key, and how long. */
export const keyCases: readonly Case[] = [
  defineCase({
    name: "a key is held in every state of a job that has not ended, and a duplicate says by which job",
    fault: "F43",
    needs: NEEDS,
    async run(harness) {
      const again = (): Promise<EnqueueAnswer | undefined> => add(harness, "b", KEEP);
      await add(harness, "a", KEEP, { due: { inMs: MINUTE } });
      const held = (state: string): unknown => ({ status: "duplicate", state, id: "a" });
      expectEqual(await again(), held("delayed"), "the answer while it is delayed");
      await harness.pass(MINUTE);
      expectEqual(await again(), held("enqueued"), "the answer while it waits");
      const job = await claimOne(harness, "a");
      expectEqual(job.uniqueKey, "k", "the key that the claim tells");
      expectEqual(await again(), held("active"), "the answer while it runs");
      await settle(harness, job, retry(MINUTE));
      expectEqual(await again(), held("failed"), "the answer while it waits for its retry");
      expectEqual((await row(harness, "a")).uniqueKey, "k", "the key that its row tells");
    },
  }),

  defineCase({
    name: "a key is free when its job has ended, whatever its end",
    fault: "F42",
    needs: NEEDS,
    async run(harness) {
      const created = { status: "created" };
      await settle(harness, await claimNew(harness, "a", keyed(KEEP)), complete);
      expectEqual(await add(harness, "b", KEEP), created, "the answer after a completion");
      await settle(harness, await claimOne(harness, "b"), dead());
      expectEqual(await add(harness, "c", KEEP), created, "the answer after a death");
      await harness.adapter.cancel([ref("c")]);
      expectEqual(await add(harness, "d", KEEP), created, "the answer after a cancellation");
      await harness.adapter.remove([ref("d")]);
      expectEqual(await add(harness, "e", KEEP, { keepMs: 0 }), created, "the answer after a removal");
      await settle(harness, await claimOne(harness, "e"), complete);
      expectEqual(await add(harness, "f", KEEP), created, "the answer after one that is not kept");
    },
  }),

  defineCase({
    name: "a job that is past its time frees its id, whatever its key",
    fault: "F42",
    needs: NEEDS,
    async run(harness) {
      await add(harness, "a", { ...KEEP, forMs: SECOND }, { keepMs: MINUTE });
      await harness.adapter.cancel([ref("a")]);
      await harness.pass(HOUR);
      expectEqual(await add(harness, "a", KEEP), { status: "created" }, "the answer to the same id");
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "of fifty enqueues of one key at once, one makes the job",
    fault: "F40",
    needs: NEEDS,
    async run(harness) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => add(harness, `${i}`, KEEP)));
      expectEqual(answers.filter((answer) => answer?.status === "created").length, 1, "how many were created");
      expectEqual((await claim(harness, 50)).length, 1, "how many jobs came of it");
    },
  }),

  defineCase({
    name: "a key twice in one batch is one job, and does not hold up the rest",
    fault: "F43",
    needs: NEEDS,
    async run(harness) {
      const jobs = [newJob("a", keyed(KEEP)), newJob("b", keyed(KEEP)), newJob("c", SAME_PARTITION)];
      const answers = await harness.adapter.enqueue(jobs);
      const duplicate = { status: "duplicate", state: "enqueued", id: "a" };
      expectEqual(answers, [{ status: "created" }, duplicate, { status: "created" }], "the answers");
      expectEqual(await stateOf(harness, "c"), "enqueued", "the neighbour");
    },
  }),

  defineCase({
    name: "other keys are other jobs, and a job without one is of no key",
    needs: NEEDS,
    async run(harness) {
      await add(harness, "a", KEEP);
      expectEqual(await add(harness, "b", { ...KEEP, key: "K" }), { status: "created" }, "another key");
      const [plain] = await harness.adapter.enqueue([newJob("c", SAME_PARTITION)]);
      expectEqual(plain, { status: "created" }, "no key");
      expectEqual((await claim(harness, 9)).length, 3, "the jobs");
    },
  }),

  defineCase({
    name: "with a time, a key is held so long from the enqueue on, past its job's end and retention, and not longer",
    needs: NEEDS,
    async run(harness) {
      const throttle: Unique = { ...KEEP, forMs: 10 * MINUTE };
      await add(harness, "a", throttle, { keepMs: 0 });
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), complete);
      await harness.pass(9 * MINUTE - 1);
      for (const unique of [throttle, { ...REPLACE, forMs: MINUTE }, DEBOUNCE]) {
        const duplicate = { status: "duplicate", state: "completed", id: "a" };
        expectEqual(await add(harness, "b", unique), duplicate, `the answer of ${unique.on} before its time is over`);
      }
      await harness.pass(1);
      expectEqual(await add(harness, "b", throttle), { status: "created" }, "the answer afterwards");
    },
  }),

  defineCase({
    name: "a key without a time is free when its job has ended, also if the store's clock goes back",
    fault: "F42",
    needs: NEEDS,
    async run(harness) {
      const created = { status: "created" };
      const job = await claimNew(harness, "a", keyed(KEEP));
      await harness.pass(-MINUTE);
      await settle(harness, job, complete);
      expectEqual(await add(harness, "b", KEEP), created, "the answer after a completion");
      await harness.adapter.cancel([ref("b")]);
      await harness.adapter.replay([ref("b")]);
      await harness.pass(-MINUTE);
      await harness.adapter.cancel([ref("b")]);
      expectEqual(await add(harness, "c", REPLACE), created, "the answer after a replay and a cancellation");
    },
  }),

  defineCase({
    name: "a job that outlives the time of its key holds it until its end",
    needs: NEEDS,
    async run(harness) {
      await add(harness, "a", { ...KEEP, forMs: SECOND });
      await harness.pass(MINUTE);
      const duplicate = { status: "duplicate", state: "enqueued", id: "a" };
      expectEqual(await add(harness, "b", { ...KEEP, forMs: SECOND }), duplicate, "the answer");
      await settle(harness, await claimOne(harness, "a"), complete);
      expectEqual(await add(harness, "b", KEEP), { status: "created" }, "the answer after its end");
    },
  }),

  defineCase({
    name: "a follow-up may take the key of the job that it follows",
    needs: NEEDS,
    async run(harness) {
      const job = await claimNew(harness, "a", keyed(KEEP));
      const next = [newJob("b", keyed(KEEP))];
      const answers = await harness.adapter.settle([{ ...leaseOf(job), outcome: complete, next }]);
      expectEqual(answers, [{ status: "accepted", next: [{ status: "created" }] }], "the answer");
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "a replay takes the key again, and is refused while another job has it",
    needs: NEEDS,
    async run(harness) {
      await settle(harness, await claimNew(harness, "a", keyed(KEEP)), dead());
      await add(harness, "b", KEEP);
      expectEqual(await harness.adapter.replay([ref("a")]), [{ status: "refused", state: "dead" }], "the first replay");
      await settle(harness, await claimOne(harness, "b"));
      expectEqual(await harness.adapter.replay([ref("a")]), [{ status: "done" }], "the second replay");
      const duplicate = { status: "duplicate", state: "enqueued", id: "a" };
      expectEqual(await add(harness, "c", KEEP), duplicate, "the answer to an enqueue");
    },
  }),
];
