import type { ScheduleRef, StoredSchedule } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import type { Harness } from "../../harness.ts";
import { DAY, HOUR } from "../../jobs.ts";
import { REPORT, SWEEP, cursorOf, occurrence } from "./schedules.ts";

export const scheduleListCases: readonly Case[] = [
  defineCase({
    name: "the schedules are listed by name and rule, with their cursors and next times, whoever declared them",
    needs: ["Schedules", "ListSchedules"],
    async run(harness) {
      const from = await cursorOf(harness, SWEEP);
      await harness.pass(HOUR);
      await harness.adapter.declare([DAILY, REPORT]);
      await harness.adapter.advance([
        { ...SWEEP, from, to: from + HOUR, nextAt: from + 2 * HOUR },
        occurrence(from + HOUR, from + 2 * HOUR),
      ]);
      await harness.pass(HOUR);
      const { now, ...page } = await harness.adapter.listSchedules({ limit: 9 });
      expectEqual(now, from + 2 * HOUR, "the store's time");
      const expected: readonly StoredSchedule[] = [
        { ...DAILY, cursor: from + HOUR },
        { ...REPORT, cursor: from + 2 * HOUR, nextAt: from + 3 * HOUR },
        { ...SWEEP, cursor: from + HOUR, nextAt: from + 2 * HOUR },
      ];
      expectEqual(page, { schedules: expected }, "the page");
    },
  }),

  defineCase({
    name: "a store that knows no schedule lists none",
    needs: ["Schedules", "ListSchedules"],
    async run(harness) {
      expectEqual(await harness.adapter.listSchedules({ limit: 9 }), { now: harness.now(), schedules: [] }, "the page");
    },
  }),

  defineCase({
    name: "pages of schedules follow each other without a gap, also between the rules of one name",
    needs: ["Schedules", "ListSchedules"],
    async run(harness) {
      const names = Array.from({ length: 12 }, (_, n) => `report-${String.fromCodePoint(97 + n)}`);
      const refs = names.flatMap((name) => [
        { name, rule: "every 1d" },
        { name, rule: "every 1h" },
        { name, rule: "cron 0 * * * * in Europe/Berlin" },
      ]);
      await harness.adapter.declare([...refs].reverse());
      const sorted = refs.map(textOf).sort();
      for (const limit of [1, 5, 36]) expectEqual(await textsOf(harness, limit), sorted, `pages of ${limit}`);
    },
  }),

  defineCase({
    name: "a page of schedules begins after the one that it names, even if there is no such row",
    needs: ["Schedules", "ListSchedules"],
    async run(harness) {
      await harness.adapter.declare([REPORT, SWEEP]);
      const after = { name: "report", rule: "every 1x" };
      const { schedules } = await harness.adapter.listSchedules({ limit: 9, after });
      expectEqual(schedules.map(textOf), [textOf(SWEEP)], "the schedules after a rule that was never declared");
      const rest = await harness.adapter.listSchedules({ limit: 9, after: { name: "zone", rule: "" } });
      expectEqual(rest, { now: harness.now(), schedules: [] }, "the page after the last");
    },
  }),

  defineCase({
    name: "a list of schedules changes none: it neither declares nor moves them",
    needs: ["Schedules", "ListSchedules", "Wake"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.adapter.advance([{ ...REPORT, from, to: from, nextAt: from + HOUR }]);
      await harness.pass(DAY);
      await harness.adapter.listSchedules({ limit: 1, after: SWEEP });
      const { schedules } = await harness.adapter.listSchedules({ limit: 9 });
      expectEqual(schedules, [{ ...REPORT, cursor: from, nextAt: from + HOUR }], "what is listed");
      expectEqual((await harness.adapter.declare([REPORT])).rows, [{ cursor: from, nextAt: from + HOUR }], "the row");
      expectEqual(await harness.adapter.dueInMs({ queues: [], schedules: [REPORT] }), 0, "the time until it is due");
    },
  }),
];

const DAILY: ScheduleRef = { name: "report", rule: "every 1d" };

function textOf({ name, rule }: ScheduleRef): string {
  return JSON.stringify([name, rule]);
}

async function textsOf(harness: Harness<"ListSchedules">, limit: number): Promise<readonly string[]> {
  const texts: string[] = [];
  let after: ScheduleRef | undefined;
  do {
    const page = await harness.adapter.listSchedules({ limit, ...(after && { after }) });
    if (page.schedules.length > limit) texts.push(`a page of ${page.schedules.length} schedules`);
    texts.push(...page.schedules.map(textOf));
    after = page.after;
  } while (after !== undefined && texts.length < 100);
  return texts;
}
