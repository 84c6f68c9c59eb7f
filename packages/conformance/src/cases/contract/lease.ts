import type { Outcome } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import {
  MINUTE,
  TOGETHER,
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
    async run(kit) {
      const lost = await claimNew(kit, "a");
      await kit.pass(kit.adapter.traits.leaseMs);
      const taken = await claimOne(kit, "a");
      expectEqual([taken.attempt, taken.stalled], [2, true], "attempt and stalled");
      expect(taken.token > lost.token, "the token should be greater");
      expectEqual(taken.waitedMs, 0, "how long it waited since its lease ended");
    },
  }),

  defineCase({
    name: "a worker that never knew the job's name loses it to the next one, not to the void",
    fault: "F06",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      await claimNew(kit, "a", { name: "nobody-knows-me" });
      await kit.pass(kit.adapter.traits.leaseMs);
      expectEqual(await stateOf(kit, "a"), "stalled", "the state when the lease has ended");
      await kit.pass(MINUTE);
      expectEqual((await claimOne(kit, "a")).name, "nobody-knows-me", "the job's name");
    },
  }),

  ...OUTCOMES.map((outcome) =>
    defineCase({
      name: `a stale lease cannot settle: ${outcome.type}`,
      fault: "F02",
      needs: ["Pull", "Inspect", "fenced"],
      async run(kit) {
        const lost = await claimNew(kit, "a");
        await kit.pass(kit.adapter.traits.leaseMs);
        const taken = await claimOne(kit, "a");
        const before = await row(kit, "a");
        expectEqual(await settle(kit, lost, outcome), "stale", "the answer");
        expectEqual(await row(kit, "a"), before, "the row");
        expectEqual(await settle(kit, taken), "accepted", "the holder's settlement");
      },
    }),
  ),

  ...OUTCOMES.map((outcome) =>
    defineCase({
      name: `a stale lease cannot touch a job that its new holder settled: ${outcome.type}`,
      fault: "F02",
      needs: ["Pull", "Inspect", "fenced"],
      async run(kit) {
        const lost = await claimNew(kit, "a");
        await kit.pass(kit.adapter.traits.leaseMs);
        await settle(kit, await claimOne(kit, "a"), outcome);
        const before = await row(kit, "a");
        expectEqual(await settle(kit, lost), "stale", "the answer");
        expectEqual(await settle(kit, lost, retry()), "stale", "the answer to a retry");
        expectEqual(await row(kit, "a"), before, "the row");
      },
    }),
  ),

  defineCase({
    name: "a token that was never given settles nothing",
    needs: ["Pull", "Inspect", "fenced"],
    async run(kit) {
      const { token } = await claimNew(kit, "a");
      await enqueue(kit, ["waiting"]);
      expectEqual(await settle(kit, { id: "a", token: token + 1_000 }), "stale", "a token from the future");
      expectEqual(await settle(kit, { id: "waiting", token }), "stale", "another job's token");
      expectEqual([await stateOf(kit, "a"), await stateOf(kit, "waiting")], ["active", "enqueued"], "the states");
    },
  }),

  defineCase({
    name: "a late settlement is accepted if nobody else has claimed the job",
    needs: ["Pull", "Inspect"],
    async run(kit) {
      const late = await claimNew(kit, "a");
      await kit.pass(kit.adapter.traits.leaseMs + MINUTE);
      expectEqual(await settle(kit, late), "accepted", "the answer");
      expectEqual(await stateOf(kit, "a"), "completed", "the state");
    },
  }),

  defineCase({
    name: "a renewed lease holds for its whole time from the renewal on",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a");
      await kit.pass(leaseMs - 1);
      expectEqual(await kit.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the answer");
      await kit.pass(leaseMs - 1);
      expectEqual(ids(await claim(kit)), [], "what is claimed just before the new end");
      await kit.pass(1);
      expectEqual((await claimOne(kit, "a")).attempt, 2, "the attempt at the new end");
    },
  }),

  defineCase({
    name: "a renewal extends the leases that it names and no others",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      await enqueue(kit, ["a", "b", "c"], TOGETHER);
      const [a, , c] = await claim(kit, 3);
      expect(a !== undefined && c !== undefined, "three jobs should have been claimed");
      await kit.pass(leaseMs - 1);
      expectEqual(await kit.adapter.renew([leaseOf(c), leaseOf(a)], leaseMs), ["held", "held"], "the answers");
      await kit.pass(1);
      expectEqual(ids(await claim(kit, 3)), ["b"], "what is claimed");
    },
  }),

  defineCase({
    name: "a late renewal holds if nobody else has claimed the job",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a");
      await kit.pass(leaseMs + MINUTE);
      expectEqual(await kit.adapter.renew([leaseOf(job)], leaseMs), ["held"], "the answer");
      expectEqual(ids(await claim(kit)), [], "what is claimed afterwards");
    },
  }),

  defineCase({
    name: "a stale lease cannot be renewed, and its holder keeps the job",
    fault: "F01",
    needs: ["Pull", "Renew", "Inspect", "fenced"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const lost = await claimNew(kit, "a");
      await kit.pass(leaseMs);
      const taken = await claimOne(kit, "a");
      await kit.pass(leaseMs - 1);
      const before = await row(kit, "a");
      expectEqual(await kit.adapter.renew([leaseOf(lost)], leaseMs), ["lost"], "the answer");
      expectEqual(await row(kit, "a"), before, "the row");
      expectEqual(await settle(kit, taken), "accepted", "the holder's settlement");
    },
  }),

  ...OUTCOMES.map((outcome) =>
    defineCase({
      name: `a renewal that arrives after the settlement revives nothing: ${outcome.type}`,
      fault: "F05",
      needs: ["Pull", "Renew", "Inspect"],
      async run(kit) {
        const job = await claimNew(kit, "a");
        await settle(kit, job, outcome);
        const before = await row(kit, "a");
        const answers = await kit.adapter.renew([leaseOf(job)], kit.adapter.traits.leaseMs);
        expectEqual(answers, ["lost"], "the answer");
        expectEqual(await row(kit, "a"), before, "the row");
      },
    }),
  ),

  defineCase({
    name: "a renewal of a job that is gone answers that it is lost",
    needs: ["Pull", "Renew"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a", { keepMs: 0 });
      await settle(kit, job);
      expectEqual(
        await kit.adapter.renew([leaseOf(job), { id: "never-was", token: job.token }], leaseMs),
        ["lost", "lost"],
        "the answers",
      );
    },
  }),

  defineCase({
    name: "renewals are answered in their places",
    needs: ["Pull", "Renew", "Control"],
    async run(kit) {
      const [a, b, c] = [await claimNew(kit, "a"), await claimNew(kit, "b"), await claimNew(kit, "c")];
      await settle(kit, a);
      await kit.adapter.cancel([{ id: "c" }]);
      const answers = await kit.adapter.renew([leaseOf(c), leaseOf(a), leaseOf(b)], kit.adapter.traits.leaseMs);
      expectEqual(answers, ["cancelled", "lost", "held"], "the answers");
    },
  }),

  defineCase({
    name: "a job that was released or retried is not stalled when it is claimed again",
    needs: ["Pull"],
    async run(kit) {
      await settle(kit, await claimNew(kit, "a"), snooze());
      const released = await claimOne(kit, "a");
      expectEqual(released.stalled, false, "stalled after a release");
      await settle(kit, released, retry());
      expectEqual((await claimOne(kit, "a")).stalled, false, "stalled after a retry");
    },
  }),

  defineCase({
    name: "leases may have any length, whatever the adapter's own",
    needs: ["Pull"],
    async run(kit) {
      const queues = [{ name: "default", limit: 1 }];
      await enqueue(kit, ["short", "long"], TOGETHER);
      await kit.adapter.claim({ queues, leaseMs: 1_000 });
      await kit.adapter.claim({ queues, leaseMs: 600_000 });
      await kit.pass(1_000);
      expectEqual(ids(await claim(kit, 9)), ["short"], "what is claimed after a second");
    },
  }),
];
