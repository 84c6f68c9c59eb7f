import type { ScheduleRef, StoredSchedule } from "@longshore/core/adapter";
import type { Work } from "../command.ts";
import { need } from "../target.ts";
import { instant, relative } from "../time.ts";

/** More than anybody reads. */
const MOST = 10_000;
/** A worker ticks at least once a minute; after two, none is there. */
const OVERDUE_MS = 120_000;

/** The schedules that the store knows. */
export const schedules: Work<object> = async ({ target, output }) => {
  const list = need(target, "listSchedules");
  const all: StoredSchedule[] = [];
  let [now, after]: [number, ScheduleRef | undefined] = [0, undefined];
  do {
    const page = await list({ limit: 1_000, ...(after && { after }) });
    all.push(...page.schedules);
    ({ now, after } = page);
  } while (after !== undefined && all.length < MOST);
  if (output.json) return output.value({ now, schedules: all, more: after !== undefined });
  if (all.length === 0) return output.note("There are no schedules.");
  output.table(
    [{ head: "NAME" }, { head: "RULE", most: 100 }, { head: "LAST" }, { head: "NEXT" }, { head: "" }],
    all.map(({ name, rule, cursor, nextAt }) => [
      name,
      rule,
      instant(cursor),
      nextAt === undefined ? "never" : instant(nextAt),
      nextAt === undefined ? "" : relative(nextAt, now) + (nextAt < now - OVERDUE_MS ? ", overdue" : ""),
    ]),
  );
  if (after !== undefined) output.note(`These are the first ${all.length}; there are more.`);
};
