import type { JobState } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  DAY,
  MINUTE,
  claim,
  claimNew,
  claimOne,
  complete,
  dead,
  enqueue,
  newJob,
  retry,
  row,
  settle,
  stateOf,
} from "../../jobs.ts";

export const uniqueCases: readonly Case[] = [
  defineCase({
    name: "of fifty enqueues of one id at once, one makes the job and the others find it",
    fault: "F40",
    needs: ["Pull", "unique"],
    async run(harness) {
      const calls = Array.from({ length: 50 }, (_, i) => harness.adapter.enqueue([newJob("one", { payload: `${i}` })]));
      const answers = (await Promise.all(calls)).flat();
      expectEqual(answers.filter(({ status }) => status === "created").length, 1, "how many were created");
      expectEqual(answers.filter(({ status }) => status === "duplicate").length, 49, "how many were duplicates");
      expectEqual((await claim(harness, 50)).length, 1, "how many jobs came of it");
    },
  }),

  defineCase({
    name: "an id is taken in every state of its row, and a duplicate says which",
    fault: "F43",
    needs: ["Pull", "Inspect", "Control", "unique"],
    async run(harness) {
      const { adapter } = harness;
      const found: Partial<Record<JobState, unknown>> = {};
      const again = async (id: string): Promise<void> => {
        const [answer] = await adapter.enqueue([newJob(id, { name: "other", queue: "elsewhere" })]);
        found[answer?.status === "duplicate" ? answer.state : "enqueued"] = answer?.status;
      };
      await enqueue(harness, ["delayed"], { due: { inMs: DAY } });
      await enqueue(harness, ["enqueued"], { queue: "waiting" });
      await claimNew(harness, "active");
      await settle(harness, await claimNew(harness, "failed"), retry(MINUTE));
      await settle(harness, await claimNew(harness, "completed"));
      await settle(harness, await claimNew(harness, "dead"), dead());
      await enqueue(harness, ["cancelled"], { due: { inMs: DAY } });
      await adapter.cancel([{ id: "cancelled" }]);
      const states = ["delayed", "enqueued", "active", "failed", "completed", "dead", "cancelled"] as const;
      for (const state of states) await again(state);
      await harness.pass(harness.adapter.traits.leaseMs);
      await again("active");
      const expected = Object.fromEntries([...states, "stalled"].map((state) => [state, "duplicate"]));
      expectEqual(found, expected, "the answers by state");
    },
  }),

  defineCase({
    name: "a duplicate changes nothing of the job that stands",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      const before = await row(harness, "a");
      await harness.pass(MINUTE);
      const other = { payload: "2", name: "other", queue: "elsewhere", priority: 0, due: { inMs: DAY } };
      await harness.adapter.enqueue([newJob("a", other)]);
      expectEqual(await row(harness, "a"), before, "the row");
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "an id twice in one batch is created once",
    needs: ["Inspect", "unique"],
    async run(harness) {
      const answers = await harness.adapter.enqueue([newJob("a", { payload: "1" }), newJob("a", { payload: "2" })]);
      expectEqual(answers, [{ status: "created" }, { status: "duplicate", state: "enqueued" }], "the answers");
      expectEqual((await row(harness, "a")).payload, "1", "the payload that stands");
    },
  }),

  defineCase({
    name: "one duplicate does not hold up the rest of its batch",
    fault: "F43",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await claimNew(harness, "held");
      await enqueue(harness, ["a", "held", "b"]);
      expectEqual(
        [await stateOf(harness, "a"), await stateOf(harness, "b")],
        ["enqueued", "enqueued"],
        "the neighbours",
      );
    },
  }),

  defineCase({
    name: "a completed id is free again when its time to be kept is over",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a", { keepMs: MINUTE }), complete);
      await harness.pass(MINUTE - 1);
      expectEqual(
        await harness.adapter.enqueue([newJob("a")]),
        [{ status: "duplicate", state: "completed" }],
        "the answer while it is kept",
      );
      await harness.pass(1);
      expectEqual(await harness.adapter.enqueue([newJob("a")]), [{ status: "created" }], "the answer afterwards");
      expectEqual((await row(harness, "a")).attempt, 0, "the attempts of the new job");
    },
  }),

  defineCase({
    name: "an id twice in one batch is created once, also in the place of a completed job whose time is over",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a", { keepMs: MINUTE }), complete);
      await harness.pass(MINUTE);
      const answers = await harness.adapter.enqueue([newJob("a", { payload: "1" }), newJob("a", { payload: "2" })]);
      expectEqual(answers, [{ status: "created" }, { status: "duplicate", state: "enqueued" }], "the answers");
      const { payload, attempt } = await row(harness, "a");
      expectEqual({ payload, attempt }, { payload: "1", attempt: 0 }, "the job that stands");
    },
  }),

  defineCase({
    name: "a completed job that is not kept frees its id at once",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a", { keepMs: 0 }), complete);
      expectEqual(await stateOf(harness, "a"), "gone", "the row");
      expectEqual(await harness.adapter.enqueue([newJob("a")]), [{ status: "created" }], "the answer");
    },
  }),
];
