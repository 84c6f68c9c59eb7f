import type { Outcome } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  MINUTE,
  claimNew,
  claimOne,
  complete,
  dead,
  enqueue,
  leaseOf,
  retry,
  row,
  settle,
  snooze,
  stateOf,
} from "../../jobs.ts";

const OUTCOMES: readonly Outcome[] = [complete, retry(MINUTE), snooze(MINUTE), dead()];

/** A token whose lease was lost changes nothing. */
export const staleTokenCases: readonly Case[] = [
  ...OUTCOMES.map((outcome) =>
    defineCase({
      name: `a stale lease cannot settle: ${outcome.type}`,
      fault: "F02",
      needs: ["Pull", "Inspect", "fenced"],
      async run(harness) {
        const lost = await claimNew(harness, "a");
        await harness.pass(harness.adapter.traits.leaseMs);
        const taken = await claimOne(harness, "a");
        const before = await row(harness, "a");
        expectEqual(await settle(harness, lost, outcome), "stale", "the answer");
        expectEqual(await row(harness, "a"), before, "the row");
        expectEqual(await settle(harness, taken), "accepted", "the holder's settlement");
      },
    }),
  ),

  ...OUTCOMES.map((outcome) =>
    defineCase({
      name: `a stale lease cannot touch a job that its new holder settled: ${outcome.type}`,
      fault: "F02",
      needs: ["Pull", "Inspect", "fenced"],
      async run(harness) {
        const lost = await claimNew(harness, "a");
        await harness.pass(harness.adapter.traits.leaseMs);
        await settle(harness, await claimOne(harness, "a"), outcome);
        const before = await row(harness, "a");
        expectEqual(await settle(harness, lost), "stale", "the answer");
        expectEqual(await settle(harness, lost, retry()), "stale", "the answer to a retry");
        expectEqual(await row(harness, "a"), before, "the row");
      },
    }),
  ),

  defineCase({
    name: "a token that was never given settles nothing",
    needs: ["Pull", "Inspect", "fenced"],
    async run(harness) {
      const { token } = await claimNew(harness, "a");
      await enqueue(harness, ["waiting"]);
      expectEqual(await settle(harness, { id: "a", token: token + 1_000 }), "stale", "a token from the future");
      expectEqual(await settle(harness, { id: "waiting", token }), "stale", "another job's token");
      expectEqual(
        [await stateOf(harness, "a"), await stateOf(harness, "waiting")],
        ["active", "enqueued"],
        "the states",
      );
    },
  }),

  defineCase({
    name: "a stale lease cannot be renewed, and its holder keeps the job",
    fault: "F01",
    needs: ["Pull", "Renew", "Inspect", "fenced"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const lost = await claimNew(harness, "a");
      await harness.pass(leaseMs);
      const taken = await claimOne(harness, "a");
      await harness.pass(leaseMs - 1);
      const before = await row(harness, "a");
      expectEqual(await harness.adapter.renew([leaseOf(lost)], leaseMs), ["lost"], "the answer");
      expectEqual(await row(harness, "a"), before, "the row");
      expectEqual(await settle(harness, taken), "accepted", "the holder's settlement");
    },
  }),
];
