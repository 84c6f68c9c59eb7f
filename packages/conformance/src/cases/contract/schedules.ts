import {
  type Adapter,
  type Advance,
  type AdvanceAnswer,
  type ScheduleRef,
  type Schedules,
  schedulePartition,
} from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE, claim, claimNew, claimOne, enqueue, ids, newJob, settle, stateOf } from "../../jobs.ts";

export const scheduleCases: readonly Case[] = [
  defineCase({
    name: "a schedule seen for the first time starts at now, and later declarations change nothing",
    fault: "F47",
    needs: ["Schedules"],
    async run(harness) {
      const start = harness.now();
      const first = await harness.adapter.declare([REPORT]);
      expectEqual(first, { now: start, rows: [{ cursor: start }] }, "the first declaration");
      await harness.pass(HOUR);
      const second = await harness.adapter.declare([SWEEP, REPORT]);
      expectEqual(
        second,
        { now: start + HOUR, rows: [{ cursor: start + HOUR }, { cursor: start }] },
        "the second declaration",
      );
    },
  }),

  defineCase({
    name: "an occurrence moves the cursor and makes its job in one operation",
    fault: "F58",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      const nominal = from + HOUR;
      await harness.pass(HOUR);
      expectEqual(await harness.adapter.advance([occurrence(from, nominal)]), [MADE], "the answer");
      const { rows } = await harness.adapter.declare([REPORT]);
      expectEqual(rows, [{ cursor: nominal, nextAt: nominal + HOUR }], "the cursor");
      expectEqual((await claimOne(harness, `report/${nominal}`)).partition, PARTITION, "the job's partition");
    },
  }),

  defineCase({
    name: "of ten processes that fire one occurrence at once, one does",
    fault: "F55",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.pass(HOUR);
      const step = occurrence(from, from + HOUR);
      const answers = await Promise.all(Array.from({ length: 10 }, () => harness.adapter.advance([step])));
      expectEqual(answers.filter(([answer]) => answer?.status === "moved").length, 1, "how many fired");
      expectEqual((await claim(harness, 9)).length, 1, "how many jobs came of it");
    },
  }),

  defineCase({
    name: "a process whose cursor is behind makes no job, even when the row of that occurrence is gone",
    fault: "F54",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      const step = occurrence(from, from + HOUR, 0);
      await harness.pass(HOUR);
      await harness.adapter.advance([step]);
      await settle(harness, await claimOne(harness, `report/${from + HOUR}`));
      expectEqual(await harness.adapter.advance([step]), [BEHIND], "the answer");
      const { rows } = await harness.adapter.declare([REPORT]);
      expectEqual(rows[0]?.cursor, from + HOUR, "the cursor");
      expectEqual(await claim(harness), [], "what is claimed");
    },
  }),

  defineCase({
    name: "a cursor can move without a job",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      const step: Advance = { ...REPORT, from, to: from + 1, nextAt: from + DAY };
      expectEqual(await harness.adapter.advance([step]), [{ status: "moved" }], "the answer");
      expectEqual(
        (await harness.adapter.declare([REPORT])).rows,
        [{ cursor: from + 1, nextAt: from + DAY }],
        "the row",
      );
      expectEqual(await claim(harness), [], "what is claimed");
    },
  }),

  defineCase({
    name: "a schedule whose expression never fires again has no next time",
    needs: ["Schedules", "Wake"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.adapter.advance([{ ...REPORT, from, to: from, nextAt: from + HOUR }]);
      await harness.adapter.advance([{ ...REPORT, from, to: from + HOUR }]);
      expectEqual((await harness.adapter.declare([REPORT])).rows, [{ cursor: from + HOUR }], "the row");
      const dueInMs = await harness.adapter.dueInMs({ queues: [], schedules: [REPORT] });
      expectEqual(dueInMs, undefined, "the time until it is due");
    },
  }),

  defineCase({
    name: "a schedule that was never declared is behind",
    needs: ["Pull", "Schedules"],
    async run(harness) {
      const now = harness.now();
      expectEqual(await harness.adapter.advance([occurrence(now, now + HOUR)]), [BEHIND], "the answer");
      expectEqual(await claim(harness), [], "what is claimed");
    },
  }),

  defineCase({
    name: "an occurrence whose id stands moves the cursor, leaves that job alone, and says so",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      const step = occurrence(from, from + HOUR);
      await claimNew(harness, `report/${from + HOUR}`, { partition: PARTITION });
      const answer = await harness.adapter.advance([step]);
      expectEqual(answer, [{ status: "moved", job: { status: "duplicate", state: "active" } }], "the answer");
      const [job] = await harness.adapter.get([{ id: `report/${from + HOUR}`, partition: PARTITION }]);
      expectEqual(job?.state, "active", "the state of the job that stood");
    },
  }),

  defineCase({
    name: "a wake-up follows the next occurrence, so that a schedule row always has one",
    fault: "F58",
    needs: ["Schedules", "Wake"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.adapter.advance([{ ...REPORT, from, to: from, nextAt: from + HOUR }]);
      const due = async (schedules: readonly ScheduleRef[]): Promise<number | undefined> =>
        harness.adapter.dueInMs({ queues: ["default"], schedules });
      expectEqual(await due([REPORT]), HOUR, "the time until it is due");
      expectEqual(await due([SWEEP]), undefined, "the time for who does not ask for it");
      await enqueue(harness, ["a"], { due: { inMs: MINUTE } });
      expectEqual(await due([REPORT]), MINUTE, "the time when a job is due before");
      await harness.pass(2 * HOUR);
      expectEqual(await due([REPORT]), 0, "the time when it is overdue");
    },
  }),

  defineCase({
    name: "a delayed occurrence keeps its nominal time as its due time",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      const nominal = from + HOUR;
      await harness.pass(HOUR + MINUTE);
      await harness.adapter.advance([occurrence(from, nominal)]);
      const job = await claimOne(harness, `report/${nominal}`);
      expectEqual([job.waitedMs, job.ageMs], [MINUTE, 0], "how long it waited and how old it is");
      expectEqual(await stateOf(harness, job.id, PARTITION), "active", "the state");
      expect(ids(await claim(harness)).length === 0, "one occurrence should be one job");
    },
  }),

  defineCase({
    name: "steps of one schedule may follow each other in one call",
    fault: "F60",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.pass(3 * HOUR);
      const steps = [1, 2, 3].map((n) => occurrence(from + (n - 1) * HOUR, from + n * HOUR));
      expectEqual(await harness.adapter.advance(steps), [MADE, MADE, MADE], "the answers");
      expectEqual(await harness.adapter.advance(steps), [BEHIND, BEHIND, BEHIND], "the answers to a repetition");
      const claimed = await claim(harness, 9);
      expectEqual(
        ids(claimed),
        steps.map(({ job }) => job?.id),
        "the jobs, in the order of their nominal times",
      );
    },
  }),
];

export const REPORT: ScheduleRef = { name: "report", rule: "every 1h" };
export const SWEEP: ScheduleRef = { name: "sweep", rule: "every 1h" };

export const BEHIND: AdvanceAnswer = { status: "behind" };
export const MADE: AdvanceAnswer = { status: "moved", job: { status: "created" } };

const PARTITION: string = schedulePartition("report");

/** The advance by one occurrence of the report, with its job. */
export function occurrence(from: number, nominal: number, keepMs: number = DAY): Advance {
  const job = newJob(`report/${nominal}`, { partition: PARTITION, due: { at: nominal }, keepMs });
  return { ...REPORT, from, to: nominal, nextAt: nominal + HOUR, job };
}

/** Declares a schedule and returns its cursor. */
export async function cursorOf(
  harness: { readonly adapter: Adapter & Schedules },
  schedule: ScheduleRef = REPORT,
): Promise<number> {
  const { rows } = await harness.adapter.declare([schedule]);
  expect(rows[0] !== undefined, "declare should answer a row for each schedule");
  return rows[0].cursor;
}
