import type { Outcome } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import {
  MINUTE,
  SAME_PARTITION,
  claim,
  claimNew,
  claimOne,
  complete,
  dead,
  enqueue,
  ids,
  leaseOf,
  retry,
  row,
  settle,
  snooze,
  stateOf,
} from "../../jobs.ts";

const OUTCOMES: readonly Outcome[] = [complete, retry(MINUTE), snooze(MINUTE), dead()];

export const leaseCases: readonly Case[] = [
  defineCase({
    name: "when a lease ends the next claim takes the job over, as a new attempt with a greater token",
    fault: "F01",
    needs: ["Pull"],
    async run(harness) {
      const lost = await claimNew(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs);
      const taken = await claimOne(harness, "a");
      expectEqual([taken.attempt, taken.stalled], [2, true], "attempt and stalled");
      expect(taken.token > lost.token, "the token should be greater");
      expectEqual(taken.waitedMs, 0, "how long it waited since its lease ended");
    },
  }),

  defineCase({
    name: "a job whose worker does nothing with it goes to the next claim when its lease is over",
    fault: "F06",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await claimNew(harness, "a", { name: "nobody-knows-me" });
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(await stateOf(harness, "a"), "stalled", "the state when the lease has ended");
      await harness.pass(MINUTE);
      expectEqual((await claimOne(harness, "a")).name, "nobody-knows-me", "the job's name");
    },
  }),

  defineCase({
    name: "a late settlement is accepted if nobody else has claimed the job",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const late = await claimNew(harness, "a");
      await harness.pass(harness.adapter.traits.leaseMs + MINUTE);
      expectEqual(await settle(harness, late), "accepted", "the answer");
      expectEqual(await stateOf(harness, "a"), "completed", "the state");
    },
  }),

  defineCase({
    name: "a renewed lease holds for its whole time from the renewal on",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      await harness.pass(leaseMs - 1);
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the answer");
      await harness.pass(leaseMs - 1);
      expectEqual(ids(await claim(harness)), [], "what is claimed just before the new end");
      await harness.pass(1);
      expectEqual((await claimOne(harness, "a")).attempt, 2, "the attempt at the new end");
    },
  }),

  defineCase({
    name: "a renewal extends the leases that it names and no others",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      await enqueue(harness, ["a", "b", "c"], SAME_PARTITION);
      const [a, , c] = await claim(harness, 3);
      expect(a !== undefined && c !== undefined, "three jobs should have been claimed");
      await harness.pass(leaseMs - 1);
      expectEqual(await harness.adapter.renew([leaseOf(c), leaseOf(a)], leaseMs), ["held", "held"], "the answers");
      await harness.pass(1);
      expectEqual(ids(await claim(harness, 3)), ["b"], "what is claimed");
    },
  }),

  defineCase({
    name: "a late renewal holds if nobody else has claimed the job",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      await harness.pass(leaseMs + MINUTE);
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the answer");
      expectEqual(ids(await claim(harness)), [], "what is claimed afterwards");
    },
  }),

  ...OUTCOMES.map((outcome) =>
    defineCase({
      name: `a renewal that arrives after the settlement revives nothing: ${outcome.type}`,
      fault: "F05",
      needs: ["Pull", "Renew", "Inspect"],
      async run(harness) {
        const job = await claimNew(harness, "a");
        await settle(harness, job, outcome);
        const before = await row(harness, "a");
        const answers = await harness.adapter.renew([leaseOf(job)], harness.adapter.traits.leaseMs);
        expectEqual(answers, ["lost"], "the answer");
        expectEqual(await row(harness, "a"), before, "the row");
      },
    }),
  ),

  defineCase({
    name: "a renewal of a job that is gone answers that it is lost",
    needs: ["Pull", "Renew"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a", { keepMs: 0 });
      await settle(harness, job);
      expectEqual(
        await harness.adapter.renew([leaseOf(job), { id: "never-was", token: job.token }], leaseMs),
        ["lost", "lost"],
        "the answers",
      );
    },
  }),

  defineCase({
    name: "renewals are answered in their places",
    needs: ["Pull", "Renew", "Control"],
    async run(harness) {
      const [a, b, c] = [await claimNew(harness, "a"), await claimNew(harness, "b"), await claimNew(harness, "c")];
      await settle(harness, a);
      await harness.adapter.cancel([{ id: "c" }]);
      const answers = await harness.adapter.renew([leaseOf(c), leaseOf(a), leaseOf(b)], harness.adapter.traits.leaseMs);
      expectEqual(answers, ["cancelled", "lost", "held"], "the answers");
    },
  }),

  ...[retry(MINUTE), snooze(MINUTE)].map((outcome) =>
    defineCase({
      name: `a token that settled before its job was cancelled is told so by a renewal alone: ${outcome.type}`,
      needs: ["Pull", "Renew", "Control"],
      async run(harness) {
        const job = await claimNew(harness, "a");
        await settle(harness, job, outcome);
        await harness.adapter.cancel([{ id: "a" }]);
        expectEqual(await settle(harness, job, outcome), "repeated", "the answer to its settlement, sent again");
        const renewed = await harness.adapter.renew([leaseOf(job)], harness.adapter.traits.leaseMs);
        expectEqual(renewed, ["cancelled"], "the answer to its renewal");
      },
    }),
  ),

  defineCase({
    name: "a job that was released or retried is not stalled when it is claimed again",
    needs: ["Pull"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), snooze());
      const released = await claimOne(harness, "a");
      expectEqual(released.stalled, false, "stalled after a release");
      await settle(harness, released, retry());
      expectEqual((await claimOne(harness, "a")).stalled, false, "stalled after a retry");
    },
  }),

  defineCase({
    name: "leases may have any length, whatever the adapter's own",
    needs: ["Pull"],
    async run(harness) {
      const queues = [{ name: "default", limit: 1 }];
      await enqueue(harness, ["short", "long"], SAME_PARTITION);
      await harness.adapter.claim({ queues, leaseMs: 1_000 });
      await harness.adapter.claim({ queues, leaseMs: 600_000 });
      await harness.pass(1_000);
      expectEqual(ids(await claim(harness, 9)), ["short"], "what is claimed after a second");
    },
  }),
];
