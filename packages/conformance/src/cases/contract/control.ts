import type { ControlAnswer, JobState } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import type { Kit } from "../../kit.ts";
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
  ids,
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
      async run(kit) {
        const from: readonly Reached[] = ALLOWED[verb].from;
        for (const state of STATES) {
          const id = `job-${state}`;
          await bring(kit, id, state);
          const before = await row(kit, id);
          const [answer] = await kit.adapter[verb]([{ id }]);
          if (from.includes(state)) {
            expectEqual(answer, { status: "done" }, `the answer for a job that is ${state}`);
            expectEqual(await stateOf(kit, id), ALLOWED[verb].to, `what became of a job that was ${state}`);
          } else {
            expectEqual(answer, { status: "refused", state }, `the answer for a job that is ${state}`);
            expectEqual(await row(kit, id), before, `the row of a job that is ${state}`);
          }
        }
      },
    }),
  ),

  ...verbs.map((verb) =>
    defineCase({
      name: `${verb} answers in place: done, gone and refused side by side`,
      needs: ["Pull", "Inspect", "Control"],
      async run(kit) {
        const allowed = ALLOWED[verb].from[0];
        const refusing = verb === "remove" ? "active" : "completed";
        await bring(kit, "a", allowed);
        await bring(kit, "b", refusing);
        await bring(kit, "c", allowed);
        const answers = await kit.adapter[verb]([{ id: "c" }, { id: "never-was" }, { id: "b" }, { id: "a" }]);
        const expected: ControlAnswer[] = [
          { status: "done" },
          { status: "gone" },
          { status: "refused", state: refusing },
          { status: "done" },
        ];
        expectEqual(answers, expected, "the answers");
        expectEqual(await kit.adapter[verb]([]), [], "the answers about no jobs");
      },
    }),
  ),

  defineCase({
    name: "cancelling a running job fences its worker at once",
    needs: ["Pull", "Renew", "Inspect", "Control", "fenced"],
    async run(kit) {
      const job = await claimNew(kit, "a");
      await kit.adapter.cancel([{ id: "a" }]);
      const before = await row(kit, "a");
      expectEqual([before.state, before.attempt], ["cancelled", 1], "state and attempts");
      expectEqual(await settle(kit, job), "cancelled", "the worker's settlement");
      expectEqual(await settle(kit, job, retry()), "cancelled", "the worker's retry");
      const renewed = await kit.adapter.renew([leaseOf(job)], kit.adapter.traits.leaseMs);
      expectEqual(renewed, ["cancelled"], "the worker's renewal");
      expectEqual(await row(kit, "a"), before, "the row");
      await kit.pass(kit.adapter.traits.leaseMs);
      expectEqual(await claim(kit), [], "what is claimed when the lease would have ended");
    },
  }),

  defineCase({
    name: "a cancelled job stands for as long as it is kept, and at once gives up its id if it is not",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      await enqueue(kit, ["kept"], { keepMs: MINUTE });
      const running = await claimOne(kit, "kept");
      await kit.adapter.cancel([{ id: "kept" }]);
      await kit.pass(MINUTE - 1);
      expectEqual(await stateOf(kit, "kept"), "cancelled", "the state while it is kept");
      await kit.pass(1);
      expectEqual(await stateOf(kit, "kept"), "gone", "the state afterwards");
      expectEqual(await settle(kit, running), "gone", "its worker's settlement");
      await enqueue(kit, ["unkept"], { keepMs: 0 });
      expectEqual(await kit.adapter.cancel([{ id: "unkept" }]), [{ status: "done" }], "the answer");
      expectEqual(await getOne(kit, "unkept"), undefined, "the row that is not kept");
    },
  }),

  defineCase({
    name: "a running job of which nothing is kept stands cancelled until its lease would have ended, so that its worker hears of it",
    needs: ["Pull", "Renew", "Inspect", "Control", "fenced"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const [job, removed] = [await claimNew(kit, "a", { keepMs: 0 }), await claimNew(kit, "removed", { keepMs: 0 })];
      await kit.pass(SECOND);
      expectEqual(await kit.adapter.cancel([{ id: "a" }]), [{ status: "done" }], "the answer");
      await kit.pass(leaseMs - SECOND - 1);
      expectEqual(await stateOf(kit, "a"), "cancelled", "the state as long as the lease would have held");
      expectEqual(await kit.adapter.renew([leaseOf(job)], leaseMs), ["cancelled"], "its worker's renewal");
      expectEqual(await settle(kit, job), "cancelled", "its worker's settlement");
      const duplicate = { status: "duplicate", state: "cancelled" } as const;
      expectEqual(await kit.adapter.enqueue([newJob("a")]), [duplicate], "an enqueue meanwhile");
      await kit.pass(1);
      expectEqual(await settle(kit, job), "gone", "its worker's settlement afterwards");
      expectEqual(await kit.adapter.enqueue([newJob("a")]), [{ status: "created" }], "an enqueue afterwards");
      // Its lease is over by now: nobody renewed it, and nobody waits for the cancellation.
      expectEqual(await kit.adapter.cancel([{ id: "removed" }]), [{ status: "done" }], "the answer for a stalled job");
      expectEqual(await stateOf(kit, "removed"), "gone", "the stalled job");
      expectEqual(await settle(kit, removed), "gone", "the settlement of the stalled job");
    },
  }),

  defineCase({
    name: "an operator frees the id of a job that was cancelled while it ran, and a replay keeps no more of it than before",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      for (const id of ["removed", "replayed"]) await claimNew(kit, id, { keepMs: 0 });
      await kit.adapter.cancel([{ id: "removed" }, { id: "replayed" }]);
      await kit.adapter.remove([{ id: "removed" }]);
      expectEqual(
        await kit.adapter.enqueue([newJob("removed", { due: { inMs: HOUR } })]),
        [{ status: "created" }],
        "an enqueue",
      );
      expectEqual(await kit.adapter.replay([{ id: "replayed" }]), [{ status: "done" }], "the answer");
      expectEqual(await settle(kit, await claimOne(kit, "replayed")), "accepted", "the settlement of its new life");
      expectEqual(await stateOf(kit, "replayed"), "gone", "the state afterwards");
      expectEqual(
        await kit.adapter.enqueue([newJob("replayed", { keepMs: 0 })]),
        [{ status: "created" }],
        "an enqueue",
      );
      await kit.pass(leaseMs);
      expectEqual(await stateOf(kit, "replayed"), "enqueued", "its state in the end");
    },
  }),

  defineCase({
    name: "cancel and complete at once: one wins and the other hears so",
    fault: "F145",
    needs: ["Pull", "Inspect", "Control", "fenced"],
    async run(kit) {
      const job = await claimNew(kit, "a");
      const [settled, [cancelled]] = await Promise.all([settle(kit, job), kit.adapter.cancel([{ id: "a" }])]);
      const state = await stateOf(kit, "a");
      const outcome = `${settled}, ${cancelled?.status}, ${state}`;
      const legal = ["accepted, refused, completed", "cancelled, done, cancelled"];
      expect(legal.includes(outcome), `expected one of ${legal.join(" | ")}; got ${outcome}`);
    },
  }),

  defineCase({
    name: "a replayed dead letter starts anew under its id, the same but for that, and keeps its failures",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      const headers = { v: "1", s: "~version", "m.user_id": "42" };
      await settle(kit, await claimNew(kit, "a", { headers, priority: 2 }), retry(0, "first"));
      await settle(kit, await claimOne(kit, "a"), dead("second"));
      await kit.pass(HOUR);
      expectEqual(await kit.adapter.replay([{ id: "a" }]), [{ status: "done" }], "the answer");
      const { state, attempt, dueAt, failures } = await row(kit, "a");
      expectEqual({ state, attempt, dueAt }, { state: "enqueued", attempt: 0, dueAt: kit.now() }, "the row");
      expectEqual(
        failures.map(({ message }) => message),
        ["first", "second"],
        "the failures",
      );
      await kit.pass(SECOND);
      const job = await claimOne(kit, "a");
      const { payload, priority, ageMs, waitedMs, stalled } = job;
      const { payload: before } = newJob("a");
      expectEqual([payload, job.headers, priority], [before, headers, 2], "what was enqueued");
      expectEqual(
        { attempt: job.attempt, ageMs, waitedMs, stalled },
        { attempt: 1, ageMs: SECOND, waitedMs: SECOND, stalled: false },
        "the claim",
      );
      await settle(kit, job, dead("third"));
      expectEqual(
        (await row(kit, "a")).failures.map(({ attempt: n, message }) => `${n} ${message}`),
        ["1 first", "2 second", "1 third"],
        "the failures after another death",
      );
    },
  }),

  defineCase({
    name: "a replayed job frees its worker of yesterday of nothing",
    needs: ["Pull", "Inspect", "Control", "fenced"],
    async run(kit) {
      const job = await claimNew(kit, "a");
      await kit.adapter.cancel([{ id: "a" }]);
      await kit.adapter.replay([{ id: "a" }]);
      expectEqual(await settle(kit, job), "stale", "the settlement by the cancelled run");
      expectEqual(await stateOf(kit, "a"), "enqueued", "the state");
      expectEqual((await claimOne(kit, "a")).attempt, 1, "the attempt");
    },
  }),

  defineCase({
    name: "a replay that was broken off is finished by repeating it, and moves no job twice",
    fault: "F24",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      const refs = Array.from({ length: 20 }, (_, i) => ({ id: `job-${i}` }));
      for (const { id } of refs) await settle(kit, await claimNew(kit, id), dead());
      await kit.adapter.replay(refs.slice(0, 8));
      const answers = await kit.adapter.replay(refs);
      expectEqual(answers.filter(({ status }) => status === "done").length, 12, "how many the second call moved");
      const jobs = await claim(kit, 30);
      expectEqual(new Set(ids(jobs)).size, 20, "how many run");
      expectEqual(jobs.length, 20, "how many claims it took");
    },
  }),

  defineCase({
    name: "runNow makes a job due now, as if its time had come",
    needs: ["Pull", "Inspect", "Control"],
    async run(kit) {
      await enqueue(kit, ["delayed"], { due: { inMs: DAY } });
      await settle(kit, await claimNew(kit, "failed"), retry(DAY));
      await kit.pass(MINUTE);
      await kit.adapter.runNow([{ id: "delayed" }, { id: "failed" }]);
      expectEqual((await row(kit, "delayed")).dueAt, kit.now(), "when the delayed job is due");
      await kit.pass(SECOND);
      const jobs = await claim(kit, 9);
      const told = jobs.map(({ id, attempt, waitedMs }) => `${id} ${attempt} ${waitedMs}`).sort();
      expectEqual(told, ["delayed 1 1000", "failed 2 1000"], "id, attempt, waited");
    },
  }),

  defineCase({
    name: "a removed job frees its id, and its worker finds it gone",
    needs: ["Pull", "Renew", "Inspect", "Control"],
    async run(kit) {
      const { leaseMs } = kit.adapter.traits;
      const job = await claimNew(kit, "a");
      await kit.pass(leaseMs);
      await kit.adapter.remove([{ id: "a" }]);
      expectEqual(await settle(kit, job), "gone", "the settlement");
      expectEqual(await kit.adapter.renew([leaseOf(job)], leaseMs), ["lost"], "the renewal");
      expectEqual(await kit.adapter.enqueue([newJob("a")]), [{ status: "created" }], "the next enqueue");
      expectEqual((await claimOne(kit, "a")).attempt, 1, "the attempt");
    },
  }),
];

/** Brings a new job into a state. Claims on the way use a separate queue. */
async function bring(kit: Kit<Operated>, id: string, state: Reached): Promise<void> {
  const queue = `queue-of-${id}`;
  const due = { inMs: state === "delayed" || state === "cancelled" ? DAY : 0 };
  await enqueue(kit, [id], { queue, due });
  if (state === "cancelled") await kit.adapter.cancel([{ id }]);
  if (state === "delayed" || state === "enqueued" || state === "cancelled") return;
  const job = await claimOne(kit, id, queue);
  if (state === "failed") await settle(kit, job, retry(DAY));
  if (state === "completed") await settle(kit, job);
  if (state === "dead") await settle(kit, job, dead());
  if (state === "stalled") await kit.pass(kit.adapter.traits.leaseMs);
}
