import { type Adapter, type Advance, type Schedules, schedulePartition } from "@longshore/core/adapter";
import { type Case, defineCase } from "../case.ts";
import { expect, expectEqual } from "../expect.ts";
import { DAY, HOUR, MINUTE, claim, claimNew, claimOne, enqueue, ids, newJob, settle, stateOf } from "../jobs.ts";

export const scheduleCases: readonly Case[] = [
  defineCase({
    name: "a schedule seen for the first time starts at now, and later declarations change nothing",
    fault: "F47",
    needs: ["Schedules"],
    async run(kit) {
      const start = kit.now();
      const first = await kit.adapter.declare(["report"]);
      expectEqual(first, { now: start, rows: [{ cursor: start }] }, "the first declaration");
      await kit.pass(HOUR);
      const second = await kit.adapter.declare(["sweep", "report"]);
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
    async run(kit) {
      const from = await cursorOf(kit, "report");
      const nominal = from + HOUR;
      await kit.pass(HOUR);
      expectEqual(await kit.adapter.advance(occurrence(from, nominal)), "fired", "the answer");
      const { rows } = await kit.adapter.declare(["report"]);
      expectEqual(rows, [{ cursor: nominal, nextAt: nominal + HOUR }], "the cursor");
      expectEqual((await claimOne(kit, `report/${nominal}`)).partition, PARTITION, "the job's partition");
    },
  }),

  defineCase({
    name: "of ten instances that fire one occurrence at once, one does",
    fault: "F55",
    needs: ["Pull", "Schedules"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      await kit.pass(HOUR);
      const step = occurrence(from, from + HOUR);
      const answers = await Promise.all(Array.from({ length: 10 }, () => kit.adapter.advance(step)));
      expectEqual(answers.filter((answer) => answer === "fired").length, 1, "how many fired");
      expectEqual((await claim(kit, 9)).length, 1, "how many jobs came of it");
    },
  }),

  defineCase({
    name: "an instance that is behind makes no job, even when the row of the first one is gone",
    fault: "F54",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      const step = occurrence(from, from + HOUR, 0);
      await kit.pass(HOUR);
      await kit.adapter.advance(step);
      await settle(kit, await claimOne(kit, `report/${from + HOUR}`));
      expectEqual(await kit.adapter.advance(step), "behind", "the answer");
      const { rows } = await kit.adapter.declare(["report"]);
      expectEqual(rows[0]?.cursor, from + HOUR, "the cursor");
      expectEqual(await claim(kit), [], "what is claimed");
    },
  }),

  defineCase({
    name: "a cursor can move without a job",
    needs: ["Pull", "Schedules"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      const step: Advance = { name: "report", from, to: from + 1, nextAt: from + DAY };
      expectEqual(await kit.adapter.advance(step), "fired", "the answer");
      expectEqual((await kit.adapter.declare(["report"])).rows, [{ cursor: from + 1, nextAt: from + DAY }], "the row");
      expectEqual(await claim(kit), [], "what is claimed");
    },
  }),

  defineCase({
    name: "a schedule whose expression never fires again has no next time",
    needs: ["Schedules", "Wake"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      await kit.adapter.advance({ name: "report", from, to: from, nextAt: from + HOUR });
      await kit.adapter.advance({ name: "report", from, to: from + HOUR });
      expectEqual((await kit.adapter.declare(["report"])).rows, [{ cursor: from + HOUR }], "the row");
      const dueInMs = await kit.adapter.dueInMs({ queues: [], schedules: ["report"] });
      expectEqual(dueInMs, undefined, "the time until it is due");
    },
  }),

  defineCase({
    name: "a schedule that was never declared is behind",
    needs: ["Pull", "Schedules"],
    async run(kit) {
      const now = kit.now();
      expectEqual(await kit.adapter.advance(occurrence(now, now + HOUR)), "behind", "the answer");
      expectEqual(await claim(kit), [], "what is claimed");
    },
  }),

  defineCase({
    name: "an occurrence whose id stands moves the cursor and leaves that job alone",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      const step = occurrence(from, from + HOUR);
      await claimNew(kit, `report/${from + HOUR}`, { partition: PARTITION });
      expectEqual(await kit.adapter.advance(step), "fired", "the answer");
      const [job] = await kit.adapter.get([{ id: `report/${from + HOUR}`, partition: PARTITION }]);
      expectEqual(job?.state, "active", "the state of the job that stood");
    },
  }),

  defineCase({
    name: "schedules do not touch each other",
    needs: ["Schedules"],
    async run(kit) {
      const [report, sweep] = [await cursorOf(kit, "report"), await cursorOf(kit, "sweep")];
      await kit.adapter.advance({ name: "report", from: report, to: report + HOUR });
      const { rows } = await kit.adapter.declare(["report", "sweep", "__proto__"]);
      expectEqual(rows.slice(0, 2), [{ cursor: report + HOUR }, { cursor: sweep }], "the rows");
      expectEqual(rows[2]?.cursor, kit.now(), "the cursor of one with an odd name");
    },
  }),

  defineCase({
    name: "a wake-up follows the next occurrence, so that a schedule row always has one",
    fault: "F58",
    needs: ["Schedules", "Wake"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      await kit.adapter.advance({ name: "report", from, to: from, nextAt: from + HOUR });
      const due = async (schedules: readonly string[]): Promise<number | undefined> =>
        kit.adapter.dueInMs({ queues: ["default"], schedules });
      expectEqual(await due(["report"]), HOUR, "the time until it is due");
      expectEqual(await due(["another"]), undefined, "the time for who does not ask for it");
      await enqueue(kit, ["a"], { due: { inMs: MINUTE } });
      expectEqual(await due(["report"]), MINUTE, "the time when a job is due before");
      await kit.pass(2 * HOUR);
      expectEqual(await due(["report"]), 0, "the time when it is overdue");
    },
  }),

  defineCase({
    name: "a delayed occurrence keeps its nominal time as its due time",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(kit) {
      const from = await cursorOf(kit, "report");
      const nominal = from + HOUR;
      await kit.pass(HOUR + MINUTE);
      await kit.adapter.advance(occurrence(from, nominal));
      const job = await claimOne(kit, `report/${nominal}`);
      expectEqual([job.waitedMs, job.ageMs], [MINUTE, 0], "how long it waited and how old it is");
      expectEqual(await stateOf(kit, job.id, PARTITION), "active", "the state");
      expect(ids(await claim(kit)).length === 0, "one occurrence should be one job");
    },
  }),
];

const PARTITION: string = schedulePartition("report");

function occurrence(from: number, nominal: number, keepMs: number = DAY): Advance {
  const job = newJob(`report/${nominal}`, { partition: PARTITION, due: { at: nominal }, keepMs });
  return { name: "report", from, to: nominal, nextAt: nominal + HOUR, job };
}

async function cursorOf(kit: { readonly adapter: Adapter & Schedules }, name: string): Promise<number> {
  const { rows } = await kit.adapter.declare([name]);
  expect(rows[0] !== undefined, "declare should answer a row for each name");
  return rows[0].cursor;
}
