import type { NewJob, ScheduleRow } from "./contract.ts";
import type { JobRequest } from "./job.ts";
import { schedulePartition } from "./lifecycle.ts";
import { checkName } from "./limits.ts";
import { type Check, type Checks, be, checkOptions } from "./options.ts";
import { dateAt } from "./platform.ts";
import { newJob } from "./request.ts";
import { type MissedPolicy, type Rule, checkMissedPolicy, missed } from "./schedule.ts";
import type { Station } from "./station.ts";

/** A rule and the job that each of its occurrences enqueues; made by `schedule`. */
export type Schedule = {
  readonly name: string;
  readonly rule: Rule;
  readonly missed: MissedPolicy;
  /** For workers: enqueues what is due by the backend's `now`, and answers when the next one is. */
  readonly fire: (station: Station, now: number, row: ScheduleRow) => Promise<number | undefined>;
};

const aRule = be("made by every or cron", (value) => {
  const { text, next, latest } = Object(value) as Partial<Rule>;
  return typeof text === "string" && typeof next === "function" && typeof latest === "function";
});
const aRequest = be("a request, as definition.with(input) answers it, or a function that does", (value) => {
  const { definition, options } = Object(value) as Partial<JobRequest>;
  return typeof definition?.name === "string" && typeof options === "object";
});
const CHECKS: Checks<{ readonly missed?: MissedPolicy }> = { missed: checkMissedPolicy as Check };

/**
 * Declares what should be enqueued when. Each occurrence is one job, whose id is the schedule's name and the nominal
 * time, however many workers tick. `missed` says what follows after downtime: one run of the latest occurrence
 * (`"latest"`), none (`"skip"`), or at most so many (`{ all: 10 }`). Fails with `invalid_name` or `invalid_schedule`.
 *
 * ```ts
 * schedule("daily-report", cron("0 1 * * *", { timeZone: "Europe/Berlin" }), (nominal) => report.with({ day: nominal.toISOString() }));
 * ```
 */
export function schedule(
  name: string,
  rule: Rule,
  request: JobRequest | ((nominal: Date) => JobRequest),
  options: { readonly missed?: MissedPolicy | undefined } = {},
): Schedule {
  checkName(name, "schedule name");
  aRule(rule, `rule of ${name}`, "invalid_schedule");
  if (typeof request !== "function") aRequest(request, `request of ${name}`);
  checkOptions(name, options, CHECKS, "invalid_schedule");
  const { missed: policy = "latest" } = options;
  return {
    name,
    rule,
    missed: policy,
    async fire(station, now, { cursor, nextAt: known }) {
      const { backend, emit } = station;
      const nextAt = rule.next(Math.max(now, cursor));
      let from = cursor;
      for (const to of missed(rule, policy, cursor, now)) {
        const asked = typeof request === "function" ? request(dateAt(to)) : request;
        const job = await occurrence(name, asked, to, station);
        if ((await backend.advance?.({ name, from, to, nextAt, job })) !== "fired") return nextAt;
        from = to;
        emit?.({ type: "fired", schedule: name, nominal: to, id: job.id });
        emit?.({ type: "enqueued", job });
      }
      // The rule was changed by a deploy, or the wake-up was used: the backend must know the time again.
      if (from === cursor && known !== nextAt) await backend.advance?.({ name, from, to: from, nextAt });
      return nextAt;
    },
  };
}

async function occurrence(
  name: string,
  { definition, input, options }: JobRequest,
  nominal: number,
  { backend, platform }: Station,
): Promise<NewJob> {
  const time = dateAt(nominal).toISOString();
  const metadata = options.metadata ?? definition.metadata?.(input as never); // its input, which newJob checks
  const named = {
    ...options,
    id: `schedule:${name}:${time}`,
    partition: schedulePartition(name),
    metadata: { ...metadata, schedule: name, nominal_time: time },
  };
  const job = await newJob({ definition, input, options: named }, backend.traits, platform);
  // A delay or a runAt of the request would be about another moment than the nominal one.
  return { ...job, due: { at: nominal } };
}
