import type { Lease, NewJob, Settlement } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import {
  MINUTE,
  SECOND,
  claimNew,
  claimOne,
  complete,
  dead,
  leaseOf,
  newJob,
  retry,
  row,
  settle,
  snooze,
  stateOf,
} from "../../jobs.ts";

export const followUpCases: readonly Case[] = [
  defineCase({
    name: "follow-up jobs are enqueued by the settlement that is accepted",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const first = await claimNew(harness, "first", { partition: "p" });
      const answers = await harness.adapter.settle([followedBy(first, [next("second"), next("third", MINUTE)])]);
      expectEqual(answers, [{ status: "accepted", next: [CREATED, CREATED] }], "the answer");
      const refs = ["second", "third"].map((id) => ({ id, partition: "p" }));
      const rows = await harness.adapter.get(refs);
      expectEqual(
        rows.map((found) => found?.state),
        ["enqueued", "delayed"],
        "the states of the follow-ups",
      );
      const second = await claimOne(harness, "second");
      expectEqual([second.partition, second.attempt], ["p", 1], "partition and attempt of the follow-up");
    },
  }),

  defineCase({
    name: "a stale settlement enqueues nothing",
    needs: ["Pull", "Inspect", "fenced"],
    async run(harness) {
      const lost = await claimNew(harness, "first", { partition: "p" });
      await harness.pass(harness.adapter.traits.leaseMs);
      await claimOne(harness, "first");
      await harness.adapter.settle([followedBy(lost, [next("second")])]);
      expectEqual(await harness.adapter.get([{ id: "second", partition: "p" }]), [undefined], "the follow-up");
    },
  }),

  defineCase({
    name: "a repeated settlement does not enqueue its follow-ups again",
    fault: "F91",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const first = await claimNew(harness, "first", { partition: "p" });
      const settlement = followedBy(first, [{ ...next("second"), keepMs: 0 }]);
      await harness.adapter.settle([settlement]);
      await settle(harness, await claimOne(harness, "second"));
      expectEqual(await harness.adapter.settle([settlement]), ["repeated"], "the answer to the repetition");
      expectEqual(await harness.adapter.get([{ id: "second", partition: "p" }]), [undefined], "the follow-up");
    },
  }),

  defineCase({
    name: "a follow-up whose id stands leaves that job alone, and the settlement counts",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await harness.adapter.enqueue([{ ...next("second"), due: { inMs: 10 * MINUTE }, payload: "1" }]);
      const first = await claimNew(harness, "first", { partition: "p" });
      const answers = await harness.adapter.settle([followedBy(first, [next("third"), next("second")])]);
      const told = [CREATED, { status: "duplicate", state: "delayed" }];
      expectEqual(answers, [{ status: "accepted", next: told }], "the answer");
      const [second] = await harness.adapter.get([{ id: "second", partition: "p" }]);
      expectEqual([second?.state, second?.payload], ["delayed", "1"], "the job that stood");
    },
  }),

  defineCase({
    name: "an id twice among follow-ups is created once, also in the place of a completed job whose time is over",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "second", { partition: "p", keepMs: SECOND }));
      const first = await claimNew(harness, "first", { partition: "p" });
      await harness.pass(SECOND);
      const both = ["1", "2"].map((payload) => ({ ...next("second"), payload }));
      const answers = await harness.adapter.settle([followedBy(first, both)]);
      const told = [CREATED, { status: "duplicate", state: "enqueued" }];
      expectEqual(answers, [{ status: "accepted", next: told }], "the answer");
      const [second] = await harness.adapter.get([{ id: "second", partition: "p" }]);
      expectEqual([second?.state, second?.payload], ["enqueued", "1"], "the follow-up that stands");
    },
  }),

  defineCase({
    name: "a job that is not kept can be followed by one with its own id",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const first = await claimNew(harness, "chain", { keepMs: 0 });
      const again: NewJob = newJob("chain", { keepMs: 0, due: { inMs: MINUTE } });
      const answers = await harness.adapter.settle([followedBy(first, [again])]);
      expectEqual(answers, [{ status: "accepted", next: [CREATED] }], "the answer");
      const { state, attempt } = await row(harness, "chain");
      expectEqual({ state, attempt }, { state: "delayed", attempt: 0 }, "the follow-up");
    },
  }),

  defineCase({
    name: "follow-ups of a job that has not ended are not enqueued",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      for (const outcome of [retry(MINUTE), snooze(MINUTE)]) {
        const job = await claimNew(harness, outcome.type, { partition: "p" });
        const answers = await harness.adapter.settle([{ ...leaseOf(job), outcome, next: [next("second")] }]);
        expectEqual(answers, ["accepted"], `the answer to a ${outcome.type}`);
        const [second] = await harness.adapter.get([{ id: "second", partition: "p" }]);
        expectEqual(second, undefined, `the follow-up of a ${outcome.type}`);
      }
    },
  }),

  defineCase({
    name: "a job that is dead is followed by another in the same operation, but not by one with its id",
    needs: ["Pull", "Inspect", "unique"],
    async run(harness) {
      const first = await claimNew(harness, "first", { partition: "p", keepMs: 0 });
      const settlement = {
        ...leaseOf(first),
        outcome: dead(),
        next: [next("second"), next("first"), next("third", MINUTE)],
      };
      const told = [CREATED, { status: "duplicate", state: "dead" }, CREATED];
      expectEqual(await harness.adapter.settle([settlement]), [{ status: "accepted", next: told }], "the answer");
      expectEqual(await harness.adapter.settle([settlement]), ["repeated"], "the answer to the repetition");
      const refs = ["first", "second", "third"].map((id) => ({ id, partition: "p" }));
      const rows = await harness.adapter.get(refs);
      expectEqual(
        rows.map((found) => [found?.state, found?.failures.length]),
        [
          ["dead", 1],
          ["enqueued", 0],
          ["delayed", 0],
        ],
        "the states, and how many failures each has",
      );
    },
  }),

  defineCase({
    name: "a settlement without follow-ups enqueues none, whatever its outcome",
    needs: ["Pull", "Inspect"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      const answers = await harness.adapter.settle([{ ...leaseOf(job), outcome: retry(MINUTE), next: [] }]);
      expectEqual(answers, ["accepted"], "the answer");
      expectEqual(await stateOf(harness, "a"), "failed", "the state");
      expectEqual((await harness.adapter.list({ limit: 10 })).jobs.length, 1, "how many jobs there are");
    },
  }),
];

const CREATED = { status: "created" } as const;

function followedBy(job: Lease, jobs: readonly NewJob[]): Settlement {
  return { ...leaseOf(job), outcome: complete, next: jobs };
}

function next(id: string, inMs = 0): NewJob {
  return newJob(id, { partition: "p", due: { inMs } });
}
