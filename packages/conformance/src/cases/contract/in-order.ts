import type { Limits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claimOne, dead, retry, settle, snooze } from "../../jobs.ts";
import { LIMITED, add, claimed, dueInMs, limited, ref, stateOf } from "./limited-jobs.ts";

const NEEDS = [...LIMITED, "order"] as const;
const IN_ORDER: Limits = { key: "k", running: 1, ordered: true };

/** Jobs with a key that run one after the other, whatever becomes of the first. */
export const inOrderCases: readonly Case[] = [
  defineCase({
    name: "the jobs of an ordered key run in the order of their enqueues, one at a time, and other keys beside them",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c"], IN_ORDER);
      await add(harness, ["x"], { ...IN_ORDER, key: "l" });
      expectEqual(await claimed(harness), ["a", "x"], "what runs at first");
      await harness.adapter.cancel([ref("a")]);
      expectEqual(await claimed(harness), ["b"], "what runs when the first is cancelled");
      await harness.adapter.cancel([ref("b")]);
      expectEqual(await claimed(harness), ["c"], "what runs at last");
    },
  }),

  defineCase({
    name: "while the first of an ordered key waits for its retry, or was given back, no other runs",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b"], IN_ORDER);
      await settle(harness, await claimOne(harness, "a"), retry(MINUTE));
      expectEqual([await claimed(harness), await dueInMs(harness)], [[], MINUTE], "what runs, and when");
      expectEqual([await stateOf(harness, "a"), await stateOf(harness, "b")], ["failed", "blocked"], "their states");
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), snooze(MINUTE));
      await add(harness, ["c"], IN_ORDER, { priority: 0 });
      expectEqual(await claimed(harness), [], "what runs when it was given back");
      expectEqual(await harness.adapter.runNow([ref("a")]), [{ status: "done" }], "the answer to runNow");
      await settle(harness, await claimOne(harness, "a"), snooze());
      await settle(harness, await claimOne(harness, "a"));
      expectEqual(await claimed(harness), ["c"], "what runs after its end, by priority");
    },
  }),

  defineCase({
    name: "a dead job of an ordered key holds up none, and comes last again when it is replayed",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b", "c"], IN_ORDER);
      await settle(harness, await claimOne(harness, "a"), dead());
      const b = await claimOne(harness, "b");
      await harness.adapter.replay([ref("a")]);
      await settle(harness, b);
      await settle(harness, await claimOne(harness, "c"));
      await claimOne(harness, "a");
    },
  }),

  defineCase({
    name: "a job of an ordered key that is due later does not pass the first, which waits for its retry",
    needs: NEEDS,
    async run(harness) {
      await harness.adapter.enqueue([limited("a", IN_ORDER), limited("later", IN_ORDER, { due: { inMs: MINUTE } })]);
      await settle(harness, await claimOne(harness, "a"), retry(2 * MINUTE));
      await harness.pass(MINUTE);
      expectEqual(await claimed(harness), [], "what runs when the second is due");
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"));
      await claimOne(harness, "later");
    },
  }),

  defineCase({
    name: "the first of an ordered key that is put off holds up the others until it is due, and lets them pass where its data were replaced",
    needs: [...NEEDS, "Update", "Keys"],
    async run(harness) {
      const due = { inMs: MINUTE };
      await add(harness, ["a", "b"], IN_ORDER);
      await harness.adapter.update([{ ...ref("a"), name: limited("a", IN_ORDER).name, due }]);
      expectEqual(await claimed(harness), [], "what runs when the first is put off");
      await harness.pass(MINUTE);
      expectEqual(await claimed(harness), ["a"], "what runs when it is due");

      const unique = { key: "u", on: "replace" } as const;
      const other = { ...IN_ORDER, key: "l" };
      await harness.adapter.enqueue([limited("c", other, { unique }), limited("d", other)]);
      await harness.adapter.enqueue([limited("e", other, { unique, due })]);
      expectEqual(await claimed(harness), ["d"], "what runs when the data of the first are replaced by later ones");
    },
  }),

  defineCase({
    name: "a worker of an ordered key that vanished holds up the others until its job has ended",
    needs: NEEDS,
    async run(harness) {
      await add(harness, ["a", "b"], IN_ORDER);
      await claimOne(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs);
      await settle(harness, await claimOne(harness, "a"), retry(MINUTE));
      expectEqual(await claimed(harness), [], "what runs beside its retry");
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), dead());
      await claimOne(harness, "b");
    },
  }),

  defineCase({
    name: "after a restart, the first of an ordered key has its turn",
    needs: [...NEEDS, "durable", "reopen"],
    async run(harness) {
      await add(harness, ["a", "b"], IN_ORDER);
      await settle(harness, await claimOne(harness, "a"), retry(MINUTE));
      await harness.reopen();
      await add(harness, ["c"], IN_ORDER);
      expectEqual(await claimed(harness), [], "what runs");
      await harness.pass(MINUTE);
      expectEqual(await claimed(harness), ["a"], "what runs when its retry is due");
    },
  }),
];
