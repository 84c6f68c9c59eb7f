import type { ControlAnswer, JobState } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  claim,
  claimNew,
  claimOne,
  dead,
  enqueue,
  getOne,
  leaseOf,
  newJob,
  retry,
  row,
  settle,
  stateOf,
} from "../../jobs.ts";

type Operated = "Pull" | "Inspect" | "Control";

const STATES = ["delayed", "enqueued", "active", "stalled", "failed", "completed", "dead", "cancelled"] as const;
type Reached = (typeof STATES)[number];

/** Which states each verb accepts, and the job's state afterwards. */
const ALLOWED = {
  cancel: { from: ["delayed", "enqueued", "active", "stalled", "failed"], to: "cancelled" },
  replay: { from: ["dead", "cancelled"], to: "enqueued" },
  runNow: { from: ["delayed", "failed"], to: "enqueued" },
  remove: { from: ["delayed", "enqueued", "stalled", "failed", "completed", "dead", "cancelled"], to: "gone" },
} as const satisfies Record<string, { from: readonly Reached[]; to: JobState | "gone" }>;

const verbs = ["cancel", "replay", "runNow", "remove"] as const;

export const controlCases: readonly Case[] = [
  ...verbs.map((verb) =>
    defineCase({
      name: `${verb} is done in the states that allow it and refused in all others, without effect`,
      needs: ["Pull", "Inspect", "Control"],
      async run(harness) {
        const from: readonly Reached[] = ALLOWED[verb].from;
        for (const state of STATES) {
          const id = `job-${state}`;
          await bring(harness, id, state);
          const before = await row(harness, id);
          const [answer] = await harness.adapter[verb]([{ id }]);
          if (from.includes(state)) {
            expectEqual(answer, { status: "done" }, `the answer for a job that is ${state}`);
            expectEqual(await stateOf(harness, id), ALLOWED[verb].to, `what became of a job that was ${state}`);
          } else {
            expectEqual(answer, { status: "refused", state }, `the answer for a job that is ${state}`);
            expectEqual(await row(harness, id), before, `the row of a job that is ${state}`);
          }
        }
      },
    }),
  ),

  ...verbs.map((verb) =>
    defineCase({
      name: `${verb} answers in place: done, gone and refused side by side`,
      needs: ["Pull", "Inspect", "Control"],
      async run(harness) {
        const allowed = ALLOWED[verb].from[0];
        const refusing = verb === "remove" ? "active" : "completed";
        await bring(harness, "a", allowed);
        await bring(harness, "b", refusing);
        await bring(harness, "c", allowed);
        const answers = await harness.adapter[verb]([{ id: "c" }, { id: "never-was" }, { id: "b" }, { id: "a" }]);
        const expected: ControlAnswer[] = [
          { status: "done" },
          { status: "gone" },
          { status: "refused", state: refusing },
          { status: "done" },
        ];
        expectEqual(answers, expected, "the answers");
        expectEqual(await harness.adapter[verb]([]), [], "the answers about no jobs");
      },
    }),
  ),

  defineCase({
    name: "cancelling a running job fences its worker at once",
    needs: ["Pull", "Renew", "Inspect", "Control", "fenced"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      await harness.adapter.cancel([{ id: "a" }]);
      const before = await row(harness, "a");
      expectEqual([before.state, before.attempt], ["cancelled", 1], "state and attempts");
      expectEqual(await settle(harness, job), "cancelled", "the worker's settlement");
      expectEqual(await settle(harness, job, retry()), "cancelled", "the worker's retry");
      const renewed = await harness.adapter.renew([leaseOf(job)], harness.adapter.traits.leaseMs);
      expectEqual(renewed, ["cancelled"], "the worker's renewal");
      expectEqual(await row(harness, "a"), before, "the row");
      await harness.pass(harness.adapter.traits.leaseMs);
      expectEqual(await claim(harness), [], "what is claimed when the lease would have ended");
    },
  }),

  defineCase({
    name: "a cancelled job is kept for its time, and frees its id at once if it is not kept",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await enqueue(harness, ["kept"], { keepMs: MINUTE });
      const running = await claimOne(harness, "kept");
      await harness.adapter.cancel([{ id: "kept" }]);
      await harness.pass(MINUTE - 1);
      expectEqual(await stateOf(harness, "kept"), "cancelled", "the state while it is kept");
      await harness.pass(1);
      expectEqual(await stateOf(harness, "kept"), "gone", "the state afterwards");
      expectEqual(await settle(harness, running), "gone", "its worker's settlement");
      await enqueue(harness, ["unkept"], { keepMs: 0 });
      expectEqual(await harness.adapter.cancel([{ id: "unkept" }]), [{ status: "done" }], "the answer");
      expectEqual(await getOne(harness, "unkept"), undefined, "the row that is not kept");
    },
  }),

  defineCase({
    name: "a running job that is not kept stays cancelled until its lease would have ended, so that its worker learns of it",
    needs: ["Pull", "Renew", "Inspect", "Control", "fenced"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const [job, removed] = [
        await claimNew(harness, "a", { keepMs: 0 }),
        await claimNew(harness, "removed", { keepMs: 0 }),
      ];
      await harness.pass(SECOND);
      expectEqual(await harness.adapter.cancel([{ id: "a" }]), [{ status: "done" }], "the answer");
      await harness.pass(leaseMs - SECOND - 1);
      expectEqual(await stateOf(harness, "a"), "cancelled", "the state as long as the lease would have held");
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["cancelled"], "its worker's renewal");
      expectEqual(await settle(harness, job), "cancelled", "its worker's settlement");
      const duplicate = { status: "duplicate", state: "cancelled" } as const;
      expectEqual(await harness.adapter.enqueue([newJob("a")]), [duplicate], "an enqueue meanwhile");
      await harness.pass(1);
      expectEqual(await settle(harness, job), "gone", "its worker's settlement afterwards");
      expectEqual(await harness.adapter.enqueue([newJob("a")]), [{ status: "created" }], "an enqueue afterwards");
      // Its lease is over by now: nobody renewed it, and nobody waits for the cancellation.
      expectEqual(
        await harness.adapter.cancel([{ id: "removed" }]),
        [{ status: "done" }],
        "the answer for a stalled job",
      );
      expectEqual(await stateOf(harness, "removed"), "gone", "the stalled job");
      expectEqual(await settle(harness, removed), "gone", "the settlement of the stalled job");
    },
  }),

  defineCase({
    name: "a job that was cancelled while it ran can be removed at once, and a replay keeps its row no longer than before",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      for (const id of ["removed", "replayed"]) await claimNew(harness, id, { keepMs: 0 });
      await harness.adapter.cancel([{ id: "removed" }, { id: "replayed" }]);
      await harness.adapter.remove([{ id: "removed" }]);
      expectEqual(
        await harness.adapter.enqueue([newJob("removed", { due: { inMs: HOUR } })]),
        [{ status: "created" }],
        "an enqueue",
      );
      expectEqual(await harness.adapter.replay([{ id: "replayed" }]), [{ status: "done" }], "the answer");
      expectEqual(
        await settle(harness, await claimOne(harness, "replayed")),
        "accepted",
        "the settlement of its new life",
      );
      expectEqual(await stateOf(harness, "replayed"), "gone", "the state afterwards");
      expectEqual(
        await harness.adapter.enqueue([newJob("replayed", { keepMs: 0 })]),
        [{ status: "created" }],
        "an enqueue",
      );
      await harness.pass(leaseMs);
      expectEqual(await stateOf(harness, "replayed"), "enqueued", "its state in the end");
    },
  }),

  defineCase({
    name: "of a cancel and a complete at once one wins, and the other is told so",
    fault: "F145",
    needs: ["Pull", "Inspect", "Control", "fenced"],
    async run(harness) {
      const job = await claimNew(harness, "a");
      const [settled, [cancelled]] = await Promise.all([settle(harness, job), harness.adapter.cancel([{ id: "a" }])]);
      const state = await stateOf(harness, "a");
      const outcome = `${settled}, ${cancelled?.status}, ${state}`;
      const legal = ["accepted, refused, completed", "cancelled, done, cancelled"];
      expect(legal.includes(outcome), `expected one of ${legal.join(" | ")}; got ${outcome}`);
    },
  }),

  defineCase({
    name: "runNow makes a job due now, as if its time had come",
    needs: ["Pull", "Inspect", "Control"],
    async run(harness) {
      await enqueue(harness, ["delayed"], { due: { inMs: DAY } });
      await settle(harness, await claimNew(harness, "failed"), retry(DAY));
      await harness.pass(MINUTE);
      await harness.adapter.runNow([{ id: "delayed" }, { id: "failed" }]);
      expectEqual((await row(harness, "delayed")).dueAt, harness.now(), "when the delayed job is due");
      await harness.pass(SECOND);
      const jobs = await claim(harness, 9);
      const told = jobs.map(({ id, attempt, waitedMs }) => `${id} ${attempt} ${waitedMs}`).sort();
      expectEqual(told, ["delayed 1 1000", "failed 2 1000"], "id, attempt, waited");
    },
  }),

  defineCase({
    name: "a removed job frees its id, and its worker finds it gone",
    needs: ["Pull", "Renew", "Inspect", "Control"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const job = await claimNew(harness, "a");
      await harness.pass(leaseMs);
      await harness.adapter.remove([{ id: "a" }]);
      expectEqual(await settle(harness, job), "gone", "the settlement");
      expectEqual(await harness.adapter.renew([leaseOf(job)], leaseMs), ["lost"], "the renewal");
      expectEqual(await harness.adapter.enqueue([newJob("a")]), [{ status: "created" }], "the next enqueue");
      expectEqual((await claimOne(harness, "a")).attempt, 1, "the attempt");
    },
  }),
];

/** Brings a new job into a state. Claims on the way use a separate queue. */
async function bring(harness: Harness<Operated>, id: string, state: Reached): Promise<void> {
  const queue = `queue-of-${id}`;
  const due = { inMs: state === "delayed" || state === "cancelled" ? DAY : 0 };
  await enqueue(harness, [id], { queue, due });
  if (state === "cancelled") await harness.adapter.cancel([{ id }]);
  if (state === "delayed" || state === "enqueued" || state === "cancelled") return;
  const job = await claimOne(harness, id, queue);
  if (state === "failed") await settle(harness, job, retry(DAY));
  if (state === "completed") await settle(harness, job);
  if (state === "dead") await settle(harness, job, dead());
  if (state === "stalled") await harness.pass(harness.adapter.traits.leaseMs);
}
