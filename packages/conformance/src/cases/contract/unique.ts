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
    async run(kit) {
      const calls = Array.from({ length: 50 }, (_, i) => kit.adapter.enqueue([newJob("one", { payload: `${i}` })]));
      const answers = (await Promise.all(calls)).flat();
      expectEqual(answers.filter(({ status }) => status === "created").length, 1, "how many were created");
      expectEqual(answers.filter(({ status }) => status === "duplicate").length, 49, "how many were duplicates");
      expectEqual((await claim(kit, 50)).length, 1, "how many jobs came of it");
    },
  }),

  defineCase({
    name: "an id is taken in every state of its row, and a duplicate says which",
    fault: "F43",
    needs: ["Pull", "Inspect", "Control", "unique"],
    async run(kit) {
      const { adapter } = kit;
      const found: Partial<Record<JobState, unknown>> = {};
      const again = async (id: string): Promise<void> => {
        const [answer] = await adapter.enqueue([newJob(id, { name: "other", queue: "elsewhere" })]);
        found[answer?.status === "duplicate" ? answer.state : "enqueued"] = answer?.status;
      };
      await enqueue(kit, ["delayed"], { due: { inMs: DAY } });
      await enqueue(kit, ["enqueued"], { queue: "waiting" });
      await claimNew(kit, "active");
      await settle(kit, await claimNew(kit, "failed"), retry(MINUTE));
      await settle(kit, await claimNew(kit, "completed"));
      await settle(kit, await claimNew(kit, "dead"), dead());
      await enqueue(kit, ["cancelled"], { due: { inMs: DAY } });
      await adapter.cancel([{ id: "cancelled" }]);
      const states = ["delayed", "enqueued", "active", "failed", "completed", "dead", "cancelled"] as const;
      for (const state of states) await again(state);
      await kit.pass(kit.adapter.traits.leaseMs);
      await again("active");
      const expected = Object.fromEntries([...states, "stalled"].map((state) => [state, "duplicate"]));
      expectEqual(found, expected, "the answers by state");
    },
  }),

  defineCase({
    name: "a duplicate changes nothing of the job that stands",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      const before = await row(kit, "a");
      await kit.pass(MINUTE);
      const other = { payload: "2", name: "other", queue: "elsewhere", priority: 0, due: { inMs: DAY } };
      await kit.adapter.enqueue([newJob("a", other)]);
      expectEqual(await row(kit, "a"), before, "the row");
      await claimOne(kit, "a");
    },
  }),

  defineCase({
    name: "an id twice in one batch is created once",
    needs: ["Inspect", "unique"],
    async run(kit) {
      const answers = await kit.adapter.enqueue([newJob("a", { payload: "1" }), newJob("a", { payload: "2" })]);
      expectEqual(answers, [{ status: "created" }, { status: "duplicate", state: "enqueued" }], "the answers");
      expectEqual((await row(kit, "a")).payload, "1", "the payload that stands");
    },
  }),

  defineCase({
    name: "one duplicate does not hold up the rest of its batch",
    fault: "F43",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      await claimNew(kit, "held");
      await enqueue(kit, ["a", "held", "b"]);
      expectEqual([await stateOf(kit, "a"), await stateOf(kit, "b")], ["enqueued", "enqueued"], "the neighbours");
    },
  }),

  defineCase({
    name: "a completed id is free again when its time to be kept is over",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a", { keepMs: MINUTE }), complete);
      await kit.pass(MINUTE - 1);
      expectEqual(
        await kit.adapter.enqueue([newJob("a")]),
        [{ status: "duplicate", state: "completed" }],
        "the answer while it is kept",
      );
      await kit.pass(1);
      expectEqual(await kit.adapter.enqueue([newJob("a")]), [{ status: "created" }], "the answer afterwards");
      expectEqual((await row(kit, "a")).attempt, 0, "the attempts of the new job");
    },
  }),

  defineCase({
    name: "a completed job that is not kept frees its id at once",
    needs: ["Pull", "Inspect", "unique"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a", { keepMs: 0 }), complete);
      expectEqual(await stateOf(kit, "a"), "gone", "the row");
      expectEqual(await kit.adapter.enqueue([newJob("a")]), [{ status: "created" }], "the answer");
    },
  }),
];
