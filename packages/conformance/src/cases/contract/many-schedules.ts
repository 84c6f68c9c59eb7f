import type { ScheduleRef } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { DAY, HOUR, MINUTE } from "../../jobs.ts";

import { BEHIND, MADE, REPORT, SWEEP, cursorOf, occurrence } from "./schedules.ts";

/** Several schedules, and several rules of one. */
export const manyScheduleCases: readonly Case[] = [
  defineCase({
    name: "schedules do not touch each other",
    needs: ["Schedules"],
    async run(harness) {
      const [report, sweep] = [await cursorOf(harness), await cursorOf(harness, SWEEP)];
      await harness.adapter.advance([{ ...REPORT, from: report, to: report + HOUR }]);
      const { rows } = await harness.adapter.declare([REPORT, SWEEP, { ...REPORT, name: "__proto__" }]);
      expectEqual(rows.slice(0, 2), [{ cursor: report + HOUR }, { cursor: sweep }], "the rows");
      expectEqual(rows[2]?.cursor, harness.now(), "the cursor of one with an odd name");
    },
  }),

  defineCase({
    name: "a schedule whose rule was changed starts at now, wherever the old one stood",
    fault: "F60",
    needs: ["Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.adapter.advance([{ ...REPORT, from, to: from, nextAt: from + HOUR }]);
      await harness.pass(DAY);
      const { now, rows } = await harness.adapter.declare([CHANGED]);
      expectEqual(rows, [{ cursor: now }], "the row of the new rule");
    },
  }),

  defineCase({
    name: "rules of one name keep a cursor each, so that versions of the code can run side by side",
    fault: "F54",
    needs: ["Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      await harness.adapter.advance([{ ...REPORT, from, to: from + HOUR, nextAt: from + 2 * HOUR }]);
      const { rows } = await harness.adapter.declare([CHANGED]);
      expectEqual(rows, [{ cursor: from }], "the row of the new rule");
      await harness.adapter.advance([{ ...CHANGED, from, to: from + 1, nextAt: from + DAY }]);
      expectEqual(
        (await harness.adapter.declare([CHANGED, REPORT])).rows,
        [
          { cursor: from + 1, nextAt: from + DAY },
          { cursor: from + HOUR, nextAt: from + 2 * HOUR },
        ],
        "both rows",
      );
    },
  }),

  defineCase({
    name: "the time until something is due counts the rules that are asked for, and not those of another version",
    fault: "F58",
    needs: ["Schedules", "Wake"],
    async run(harness) {
      const [from, changed] = [await cursorOf(harness), await cursorOf(harness, CHANGED)];
      await harness.adapter.advance([
        { ...REPORT, from, to: from, nextAt: from + HOUR },
        { ...CHANGED, from: changed, to: changed, nextAt: changed + DAY },
      ]);
      const due = (one: ScheduleRef) => harness.adapter.dueInMs({ queues: [], schedules: [one] });
      expectEqual([await due(REPORT), await due(CHANGED)], [HOUR, DAY], "the times until they are due");
    },
  }),

  defineCase({
    name: "of several steps in one call each moves or is behind by itself, and is answered in its place",
    fault: "F55",
    needs: ["Pull", "Inspect", "Schedules"],
    async run(harness) {
      const from = await cursorOf(harness);
      await cursorOf(harness, SWEEP);
      await cursorOf(harness, CHANGED);
      const answers = await harness.adapter.advance([
        { ...SWEEP, from: from - 1, to: from + HOUR },
        occurrence(from, from + HOUR),
        { ...CHANGED, from, to: from + MINUTE },
        { ...SWEEP, name: "another", from, to: from + HOUR },
      ]);
      expectEqual(answers, [BEHIND, MADE, { status: "moved" }, BEHIND], "the answers");
      const { rows } = await harness.adapter.declare([REPORT, SWEEP, CHANGED]);
      expectEqual(
        rows.map(({ cursor }) => cursor - from),
        [HOUR, 0, MINUTE],
        "how far each cursor moved",
      );
    },
  }),

  defineCase({
    name: "five thousand schedules are declared in one call and moved in another",
    needs: ["Schedules", "Wake"],
    async run(harness) {
      const from = harness.now();
      const many = Array.from({ length: 5_000 }, (_, n) => ({ name: `report-${n}`, rule: "every 1h" }));
      const { rows } = await harness.adapter.declare(many);
      expectEqual([rows.length, rows.every(({ cursor }) => cursor === from)], [5_000, true], "the new rows");
      const answers = await harness.adapter.advance(
        many.map((one, n) => ({ ...one, from, to: from + n, nextAt: from + DAY })),
      );
      expectEqual(answers.filter(({ status }) => status === "moved").length, 5_000, "how many moved");
      const after = await harness.adapter.declare(many);
      expect(
        after.rows.every(({ cursor }, n) => cursor === from + n),
        "each cursor should stand where its own step moved it",
      );
    },
  }),
];

/** The same schedule in another version of the code. */
const CHANGED: ScheduleRef = { name: "report", rule: "every 1d" };
