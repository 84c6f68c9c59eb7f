import type { Outcome } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claimNew, claimOne, dead, enqueue, retry, row, settle, snooze, work } from "../../jobs.ts";

const REASON = "no worker knows it";

function because(reason: string): Outcome {
  return { type: "snooze", delayMs: MINUTE, reason };
}

/** Why a job waits, and since when: what a store or a broker keeps of a snooze. */
export const snoozeReasonCases: readonly Case[] = [
  defineCase({
    name: "a claim tells for how long a job has been snoozed for the same reason",
    fault: "F167",
    needs: ["Pull"],
    async run(harness) {
      const first = await claimNew(harness, "a");
      expectEqual(first.snoozed, undefined, "what the first claim says");
      await settle(harness, first, because(REASON));
      await harness.pass(MINUTE);
      const second = await claimOne(harness, "a");
      expectEqual(second.snoozed, { reason: REASON, forMs: MINUTE }, "what the second claim says");
      await settle(harness, second, because(REASON));
      await harness.pass(MINUTE);
      const third = await claimOne(harness, "a");
      expectEqual(third.snoozed, { reason: REASON, forMs: 2 * MINUTE }, "what the third claim says");
      await settle(harness, third, because("its schema is newer"));
      await harness.pass(MINUTE);
      const fourth = await claimOne(harness, "a");
      expectEqual(fourth.snoozed, { reason: "its schema is newer", forMs: MINUTE }, "what another reason begins with");
    },
  }),

  defineCase({
    name: "all reasons for which no worker can run a job count as one, since the first of them",
    fault: "F167",
    needs: ["Pull"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), because("no worker has a handler for it"));
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), because("no worker has its schema"));
      await harness.pass(MINUTE);
      const third = await claimOne(harness, "a");
      expectEqual(
        third.snoozed,
        { reason: "no worker has its schema", forMs: 2 * MINUTE },
        "what the third claim says",
      );
      await settle(harness, third, because("its handler asked for it"));
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), because("no worker has its schema"));
      await harness.pass(MINUTE);
      const last = await claimOne(harness, "a");
      expectEqual(last.snoozed, { reason: "no worker has its schema", forMs: MINUTE }, "what begins after an attempt");
    },
  }),

  defineCase({
    name: "a snooze without a reason keeps the reason of the one before",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), because(REASON));
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), snooze());
      expectEqual((await row(harness, "a")).waitsFor, REASON, "what it waits for");
      await harness.pass(MINUTE);
      expectEqual((await claimOne(harness, "a")).snoozed, { reason: REASON, forMs: 2 * MINUTE }, "what the claim says");
    },
  }),

  defineCase({
    name: "a failed attempt clears the reason of a snooze",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), because(REASON));
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "a"), retry());
      expectEqual((await row(harness, "a")).waitsFor, undefined, "what it waits for");
      const job = await claimOne(harness, "a");
      expectEqual(job.snoozed, undefined, "what the claim says");
    },
  }),

  defineCase({
    name: "a replay clears the reason of a snooze",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), because(REASON));
      await harness.adapter.cancel([{ id: "a" }]);
      expectEqual((await row(harness, "a")).waitsFor, undefined, "what a cancelled job waits for");
      await harness.adapter.replay([{ id: "a" }]);
      expectEqual((await row(harness, "a")).waitsFor, undefined, "what it waits for");
      expectEqual((await claimOne(harness, "a")).snoozed, undefined, "what the claim says");
    },
  }),

  defineCase({
    name: "a snoozed job that an operator runs now keeps its reason, and since when",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), because(REASON));
      await harness.pass(1_000);
      await harness.adapter.runNow([{ id: "a" }]);
      expectEqual((await row(harness, "a")).waitsFor, REASON, "what it waits for");
      expectEqual((await claimOne(harness, "a")).snoozed, { reason: REASON, forMs: 1_000 }, "what the claim says");
    },
  }),

  defineCase({
    name: "a job shows the reason for which it waits, until it runs or has ended",
    fault: "F167",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      expectEqual((await row(harness, "a")).waitsFor, undefined, "of a running job");
      await settle(harness, job, because(REASON));
      expectEqual((await row(harness, "a")).waitsFor, REASON, "of a snoozed job");
      const { jobs } = await harness.adapter.list({ limit: 1 });
      expectEqual(jobs[0]?.waitsFor, REASON, "in a list");
      await harness.pass(MINUTE);
      expectEqual((await row(harness, "a")).waitsFor, REASON, "once it is due");
      const again = await claimOne(harness, "a");
      expectEqual((await row(harness, "a")).waitsFor, undefined, "while it runs");
      await harness.pass(leaseMs);
      expectEqual((await row(harness, "a")).waitsFor, REASON, "once its worker vanished");
      await settle(harness, again, dead());
      expectEqual((await row(harness, "a")).waitsFor, undefined, "once it is dead");
    },
  }),

  defineCase({
    name: "a job that is due in a paused queue shows that as its reason",
    fault: "F167",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await enqueue(harness, ["due"]);
      await enqueue(harness, ["later"], { due: { inMs: MINUTE } });
      await enqueue(harness, ["elsewhere"], { queue: "other" });
      await harness.adapter.pause("default");
      expectEqual((await row(harness, "due")).waitsFor, "the queue is paused", "what is due");
      expectEqual((await row(harness, "later")).waitsFor, undefined, "what is not due yet");
      expectEqual((await row(harness, "elsewhere")).waitsFor, undefined, "what is in another queue");
      await harness.pass(MINUTE);
      expectEqual((await row(harness, "later")).waitsFor, "the queue is paused", "once it is due");
      await harness.adapter.resume("default");
      expectEqual((await row(harness, "due")).waitsFor, undefined, "once the queue goes on");
    },
  }),

  defineCase({
    name: "a snoozed job comes with its reason, and a failed one without",
    fault: "F167",
    needs: ["work"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      const outcomes = [because(REASON), because(REASON), because("another"), retry(MINUTE), snooze(MINUTE)];
      const seen: unknown[] = [];
      for (const outcome of outcomes) {
        const jobs = await work(harness, () => outcome);
        seen.push(...jobs.map(({ snoozed }) => snoozed));
        await harness.pass(MINUTE);
      }
      const waits = [
        { reason: REASON, forMs: MINUTE },
        { reason: REASON, forMs: 2 * MINUTE },
      ];
      expectEqual(
        seen,
        [undefined, ...waits, { reason: "another", forMs: MINUTE }, undefined],
        "what each run was told",
      );
    },
  }),
];
