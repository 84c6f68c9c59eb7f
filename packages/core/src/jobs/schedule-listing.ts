import type { ListSchedules, ScheduleListRequest, ScheduleRef } from "../contract/scheduling.ts";
import { MAX_BATCH, checkName } from "../values/limits.ts";
import { type Checks, checkOptions, integer, mustBe } from "../values/options.ts";
import type { ScheduleListing } from "./queue-types.ts";

const AFTER: Checks<ScheduleRef> = {
  name: (value, what) => checkName(value, what),
  rule: mustBe("text of at most 10 000 characters", (value) => typeof value === "string" && value.length <= 10_000),
};
const PAGE: Checks<ScheduleListRequest> = {
  limit: integer(1, MAX_BATCH),
  after(value, what) {
    checkOptions(what, value as ScheduleRef, AFTER);
    const { name, rule } = value as ScheduleRef;
    AFTER.name(name, `name of ${what}`); // an omitted option is not checked above
    AFTER.rule(rule, `rule of ${what}`);
  },
};

export function scheduleListing(store: ListSchedules): ScheduleListing {
  return {
    async listSchedules(request = {}) {
      checkOptions("listSchedules", request, PAGE);
      const { limit = 100, after } = request;
      const page = await store.listSchedules({ limit, ...(after && { after }) });
      // Rows without a rule are no schedules: evaluators of alerts keep their places in them.
      return { ...page, schedules: page.schedules.filter(({ rule }) => rule !== "") };
    },
  };
}
