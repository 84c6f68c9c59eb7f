import type { Change, ControlAnswer } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  SAME_PARTITION,
  SECOND,
  claim,
  claimNew,
  claimOne,
  dead,
  enqueue,
  ids,
  newJob,
  retry,
  row,
  settle,
  stateOf,
} from "../../jobs.ts";

type Updated = "Pull" | "Inspect" | "Control" | "Update";

const OTHER = { payload: '{"n":2}', headers: { v: "1", s: "other", "m.user": "42" } };

async function update(
  harness: Harness<Updated>,
  id: string,
  parts: Partial<Change>,
): Promise<ControlAnswer | undefined> {
  const [answer] = await harness.adapter.update([{ id, name: "work", ...parts }]);
  return answer;
}

const DONE: ControlAnswer = { status: "done" };

export const updateCases: readonly Case[] = [
  defineCase({
    name: "a job that waits is run with its new input, and keeps what the change leaves out",
    needs: ["Pull", "Inspect", "Control", "Update"],
    async run(harness) {
      await enqueue(harness, ["a"], { due: { inMs: MINUTE }, priority: 3, headers: { v: "1", s: "first" } });
      const before = await row(harness, "a");
      await harness.pass(SECOND);
      expectEqual(await update(harness, "a", { data: OTHER }), DONE, "the answer");
      expectEqual(await row(harness, "a"), { ...before, ...OTHER }, "the row");
      await harness.pass(MINUTE - SECOND);
      const job = await claimOne(harness, "a");
      expectEqual([job.payload, job.headers, job.attempt], [OTHER.payload, OTHER.headers, 1], "what is claimed");
      expectEqual(await settle(harness, job), "accepted", "its settlement");
    },
  }),

  defineCase({
    name: "a job is due when its change says, sooner or later, and its age stays",
    needs: ["Pull", "Inspect", "Control", "Update"],
    async run(harness) {
      await enqueue(harness, ["later"]);
      await enqueue(harness, ["sooner"], { due: { inMs: DAY } });
      const born = harness.now();
      await harness.pass(SECOND);
      expectEqual(await update(harness, "later", { due: { at: harness.now() + HOUR } }), DONE, "the first answer");
      expectEqual(await update(harness, "sooner", { due: { inMs: MINUTE } }), DONE, "the second answer");
      const [later, sooner] = [await row(harness, "later"), await row(harness, "sooner")];
      expectEqual([later.state, later.dueAt, later.enqueuedAt], ["delayed", harness.now() + HOUR, born], "one row");
      expectEqual([sooner.state, sooner.dueAt], ["delayed", harness.now() + MINUTE], "the other row");
      expectEqual(await claim(harness, 9), [], "what is due now");
      await harness.pass(MINUTE);
      await settle(harness, await claimOne(harness, "sooner"));
      await harness.pass(HOUR - MINUTE);
      const [job] = await claim(harness, 9);
      expectEqual([job?.id, job?.ageMs, job?.waitedMs], ["later", HOUR + SECOND, 0], "what is due in an hour");
    },
  }),

  defineCase({
    name: "a change of priority takes the job to its place there, by its due time and enqueue",
    needs: ["Pull", "Inspect", "Control", "Update", "ordered"],
    async run(harness) {
      await harness.adapter.enqueue(
        [
          ["a", 5],
          ["b", 5],
          ["c", 1],
          ["d", 5],
          ["e", 5],
        ].map(([id, priority]) => newJob(id as string, { ...SAME_PARTITION, priority: priority as number })), // as written
      );
      const change = (id: string, priority: number) => ({ id, ...SAME_PARTITION, name: "work", priority });
      const answers = await harness.adapter.update([
        change("d", 1),
        change("c", 9),
        change("b", 1),
        change("d", 2),
        change("a", 5),
      ]);
      expectEqual(answers, [DONE, DONE, DONE, DONE, DONE], "the answers");
      const order: string[] = [];
      for (let n = 0; n < 5; n++) order.push(...ids(await claim(harness)));
      expectEqual(order, ["b", "d", "a", "e", "c"], "the order of the claims");
    },
  }),

  defineCase({
    name: "a change is refused for a job that runs, may still run or has ended, and for a job of another name there is none",
    needs: ["Pull", "Inspect", "Control", "Update"],
    async run(harness) {
      const { leaseMs } = harness.adapter.traits;
      const change = { data: OTHER, priority: 0, due: { inMs: HOUR } };
      const refused = async (id: string, state: string): Promise<void> => {
        const before = await row(harness, id);
        expectEqual(await update(harness, id, change), { status: "refused", state }, `the answer for ${state}`);
        expectEqual(await row(harness, id), before, `the row of ${state}`);
      };
      const stalled = await claimNew(harness, "a", { queue: "queue-of-a" });
      await refused("a", "active");
      await harness.pass(leaseMs);
      await refused("a", "stalled");
      // Its worker was only slow.
      expectEqual(await settle(harness, stalled), "accepted", "the late settlement");
      await refused("a", "completed");
      await settle(harness, await claimNew(harness, "b", { queue: "queue-of-b" }), dead());
      await refused("b", "dead");
      await enqueue(harness, ["c"]);
      await harness.adapter.cancel([{ id: "c" }]);
      await refused("c", "cancelled");
      await enqueue(harness, ["d"], { due: { inMs: DAY } });
      const before = await row(harness, "d");
      const gone = { status: "gone" } as const;
      expectEqual(await update(harness, "d", { ...change, name: "other" }), gone, "the answer for another name");
      expectEqual(await row(harness, "d"), before, "the row");
      expectEqual(await update(harness, "never-was", change), gone, "the answer for no job");
      expectEqual(await harness.adapter.update([]), [], "the answers about no jobs");
    },
  }),

  defineCase({
    name: "a job that failed or was given back keeps its attempts, failures and reason through a change",
    needs: ["Pull", "Inspect", "Control", "Update"],
    async run(harness) {
      await settle(harness, await claimNew(harness, "a"), retry(HOUR));
      const snoozed = await claimNew(harness, "b");
      await settle(harness, snoozed, { type: "snooze", delayMs: HOUR, reason: "not today" });
      for (const id of ["a", "b"]) {
        const before = await row(harness, id);
        expectEqual(await update(harness, id, { due: { inMs: 2 * HOUR }, data: OTHER }), DONE, "the answer");
        expectEqual(await row(harness, id), { ...before, ...OTHER, dueAt: harness.now() + 2 * HOUR }, "the row");
      }
      expectEqual([await stateOf(harness, "a"), await stateOf(harness, "b")], ["failed", "delayed"], "their states");
      await harness.pass(2 * HOUR);
      const claimed = await claim(harness, 9);
      const told = claimed.map(({ id, attempt, snoozed: why }) => `${id} ${attempt} ${why?.reason}`).sort();
      expectEqual(told, ["a 2 undefined", "b 1 not today"], "what is claimed");
    },
  }),

  defineCase({
    name: "a job that waits behind another with its key can be changed, and starts after it",
    needs: ["Pull", "Inspect", "Control", "Update", "Keys"],
    async run(harness) {
      const keyed = (id: string) => newJob(id, { ...SAME_PARTITION, unique: { key: "k", on: "replace" } });
      await harness.adapter.enqueue([keyed("a")]);
      const running = await claimOne(harness, "a");
      await harness.adapter.enqueue([keyed("b")]);
      const change = { ...SAME_PARTITION, data: OTHER, due: { inMs: MINUTE }, priority: 1 };
      expectEqual(await update(harness, "b", change), DONE, "the answer");
      expectEqual(await stateOf(harness, "b", "together"), "blocked", "its state");
      await settle(harness, running);
      expectEqual(await claim(harness), [], "what is claimed at once");
      await harness.pass(MINUTE);
      const job = await claimOne(harness, "b");
      expectEqual([job.payload, job.priority], [OTHER.payload, 1], "what is claimed in a minute");
    },
  }),

  defineCase({
    name: "of a change and a claim at once the change is in what is claimed, or refused",
    needs: ["Pull", "Inspect", "Control", "Update"],
    async run(harness) {
      await enqueue(harness, ["a"]);
      const [answer, [job]] = await Promise.all([update(harness, "a", { data: OTHER }), claim(harness)]);
      // A claim may pass over what somebody changes at that moment; the next one finds it.
      const { payload } = job ?? (await claimOne(harness, "a"));
      expectEqual(payload === OTHER.payload, answer?.status === "done", "whether both say that it was changed");
    },
  }),

  defineCase({
    name: "a change that makes a job due sooner is found by the next wake-up",
    needs: ["Pull", "Inspect", "Control", "Update", "Wake"],
    async run(harness) {
      await enqueue(harness, ["a"], { due: { inMs: HOUR } });
      await update(harness, "a", { due: { inMs: MINUTE } });
      const wanted = { queues: ["default"], schedules: [] };
      expectEqual(await harness.adapter.dueInMs(wanted), MINUTE, "when a claim would find it");
      await update(harness, "a", { due: { inMs: DAY } });
      expectEqual(await harness.adapter.dueInMs(wanted), DAY, "when a claim would find it later");
    },
  }),
];
