import type { Outcome } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { MINUTE, claimNew, claimOne, dead, enqueue, retry, row, settle, snooze, work } from "../../jobs.ts";

const REASON = "no worker knows it";

function because(reason: string): Outcome {
  return { type: "snooze", delayMs: MINUTE, reason };
}

/** Why a job waits, and since when: what a store or a broker keeps of a snooze. */
export const waitCases: readonly Case[] = [
  defineCase({
    name: "a claim tells for how long a job has been snoozed for the same reason",
    fault: "F167",
    needs: ["Pull"],
    async run(kit) {
      const first = await claimNew(kit, "a");
      expectEqual(first.snoozed, undefined, "what the first claim says");
      await settle(kit, first, because(REASON));
      await kit.pass(MINUTE);
      const second = await claimOne(kit, "a");
      expectEqual(second.snoozed, { reason: REASON, forMs: MINUTE }, "what the second claim says");
      await settle(kit, second, because(REASON));
      await kit.pass(MINUTE);
      const third = await claimOne(kit, "a");
      expectEqual(third.snoozed, { reason: REASON, forMs: 2 * MINUTE }, "what the third claim says");
      await settle(kit, third, because("its schema is newer"));
      await kit.pass(MINUTE);
      const fourth = await claimOne(kit, "a");
      expectEqual(fourth.snoozed, { reason: "its schema is newer", forMs: MINUTE }, "what another reason begins with");
    },
  }),

  defineCase({
    name: "whichever of the reasons that no worker can run it a job was given back for, they are one since the first",
    fault: "F167",
    needs: ["Pull"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a"), because("no worker has a handler for it"));
      await kit.pass(MINUTE);
      await settle(kit, await claimOne(kit, "a"), because("no worker has its schema"));
      await kit.pass(MINUTE);
      const third = await claimOne(kit, "a");
      expectEqual(
        third.snoozed,
        { reason: "no worker has its schema", forMs: 2 * MINUTE },
        "what the third claim says",
      );
      await settle(kit, third, because("its handler asked for it"));
      await kit.pass(MINUTE);
      await settle(kit, await claimOne(kit, "a"), because("no worker has its schema"));
      await kit.pass(MINUTE);
      const last = await claimOne(kit, "a");
      expectEqual(last.snoozed, { reason: "no worker has its schema", forMs: MINUTE }, "what begins after an attempt");
    },
  }),

  defineCase({
    name: "a job that is given back without a word goes on waiting for what it waited for",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a"), because(REASON));
      await kit.pass(MINUTE);
      await settle(kit, await claimOne(kit, "a"), snooze());
      expectEqual((await row(kit, "a")).waitsFor, REASON, "what it waits for");
      await kit.pass(MINUTE);
      expectEqual((await claimOne(kit, "a")).snoozed, { reason: REASON, forMs: 2 * MINUTE }, "what the claim says");
    },
  }),

  defineCase({
    name: "a failed attempt ends what a job was snoozed for",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a"), because(REASON));
      await kit.pass(MINUTE);
      await settle(kit, await claimOne(kit, "a"), retry());
      expectEqual((await row(kit, "a")).waitsFor, undefined, "what it waits for");
      const job = await claimOne(kit, "a");
      expectEqual(job.snoozed, undefined, "what the claim says");
    },
  }),

  defineCase({
    name: "a replay ends what a job was snoozed for",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a"), because(REASON));
      await kit.adapter.cancel([{ id: "a" }]);
      expectEqual((await row(kit, "a")).waitsFor, undefined, "what a cancelled job waits for");
      await kit.adapter.replay([{ id: "a" }]);
      expectEqual((await row(kit, "a")).waitsFor, undefined, "what it waits for");
      expectEqual((await claimOne(kit, "a")).snoozed, undefined, "what the claim says");
    },
  }),

  defineCase({
    name: "a job shows what it waits for until it runs or has ended",
    fault: "F167",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a");
      expectEqual((await row(kit, "a")).waitsFor, undefined, "of a running job");
      await settle(kit, job, because(REASON));
      expectEqual((await row(kit, "a")).waitsFor, REASON, "of a snoozed job");
      const { jobs } = await kit.adapter.list({ limit: 1 });
      expectEqual(jobs[0]?.waitsFor, REASON, "in a list");
      await kit.pass(MINUTE);
      expectEqual((await row(kit, "a")).waitsFor, REASON, "once it is due");
      const again = await claimOne(kit, "a");
      expectEqual((await row(kit, "a")).waitsFor, undefined, "while it runs");
      await kit.pass(leaseMs);
      expectEqual((await row(kit, "a")).waitsFor, REASON, "once its worker vanished");
      await settle(kit, again, dead());
      expectEqual((await row(kit, "a")).waitsFor, undefined, "once it is dead");
    },
  }),

  defineCase({
    name: "a job that is due in a paused queue says so",
    fault: "F167",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      await enqueue(kit, ["due"]);
      await enqueue(kit, ["later"], { due: { inMs: MINUTE } });
      await enqueue(kit, ["elsewhere"], { queue: "other" });
      await kit.adapter.pause("default");
      expectEqual((await row(kit, "due")).waitsFor, "the queue is paused", "what is due");
      expectEqual((await row(kit, "later")).waitsFor, undefined, "what is not due yet");
      expectEqual((await row(kit, "elsewhere")).waitsFor, undefined, "what is in another queue");
      await kit.pass(MINUTE);
      expectEqual((await row(kit, "later")).waitsFor, "the queue is paused", "once it is due");
      await kit.adapter.resume("default");
      expectEqual((await row(kit, "due")).waitsFor, undefined, "once the queue goes on");
    },
  }),

  defineCase({
    name: "a snoozed job brings its reason along, and a failed one brings none",
    fault: "F167",
    needs: ["work"],
    async run(kit) {
      await enqueue(kit, ["a"]);
      const outcomes = [because(REASON), because(REASON), because("another"), retry(MINUTE), snooze(MINUTE)];
      const seen: unknown[] = [];
      for (const outcome of outcomes) {
        const jobs = await work(kit, () => outcome);
        seen.push(...jobs.map(({ snoozed }) => snoozed));
        await kit.pass(MINUTE);
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
