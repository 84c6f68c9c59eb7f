import type { NewJob } from "../contract/enqueue.ts";
import type { Advance } from "../contract/scheduling.ts";
import { refuse } from "../values/errors.ts";
import { type JobRequest, aRequest } from "../jobs/definition.ts";
import type { Feature } from "../jobs/features.ts";
import { schedulePartition } from "../contract/lifecycle.ts";
import { checkName } from "../values/limits.ts";
import { type Check, type Checks, mustBe, checkOptions } from "../values/options.ts";
import { dateAt } from "../runtime/platform.ts";
import { reservedJob } from "../jobs/request.ts";
import { type MissedPolicy, type Rule, checkMissedPolicy, missed } from "./rule.ts";
import { type Firing, type Planned, fire } from "./fire.ts";

/** A rule and the job that each of its occurrences enqueues; made by `schedule`. */
export type Schedule = Planned & {
  readonly missed: MissedPolicy;
  /** Fires a worker's due schedules. Each schedule carries it, so a worker without schedules does not bundle it. */
  readonly fire: typeof fire;
};

/** It cannot come after other jobs: an occurrence is in a partition of its own. */
type OccurrenceRequest = JobRequest<Exclude<Feature, "after">>;

const LONGEST_RULE = 500;

const aRule = mustBe("made by every or cron, or one like them with a text of at most 500 characters", (value) => {
  const { text, next, latest } = Object(value) as Partial<Rule>;
  return (
    typeof text === "string" &&
    text.length <= LONGEST_RULE &&
    typeof next === "function" &&
    typeof latest === "function"
  );
});
const CHECKS: Checks<{ readonly missed?: MissedPolicy }> = { missed: checkMissedPolicy as Check };

/**
 * Declares a schedule. Each occurrence is one job, however many workers tick. The job's id is `$schedule:`, the
 * schedule's name and the nominal time; its metadata has both, as `$schedule` and `$nominal_time`. After downtime,
 * `missed` decides: the latest occurrence runs (`"latest"`), none (`"skip"`), or at most this many (`{ all: 10 }`). A
 * rule is identified by its text: a schedule whose rule changed starts from now. Fails with `invalid_name` or
 * `invalid_schedule`.
 *
 * ```ts
 * schedule("daily-report", cron("0 1 * * *", { timeZone: "Europe/Berlin" }), (nominal) => report.with({ day: nominal.toISOString() }));
 * ```
 */
export function schedule(
  name: string,
  rule: Rule,
  request: OccurrenceRequest | ((nominal: Date) => OccurrenceRequest),
  options: { readonly missed?: MissedPolicy | undefined } = {},
): Schedule {
  checkName(name, "schedule name");
  aRule(rule, `rule of ${name}`, "invalid_schedule");
  if (typeof request !== "function") checkOccurrence(name, request);
  checkOptions(name, options, CHECKS, "invalid_schedule");
  const { missed: policy = "latest" } = options;
  return {
    name,
    rule,
    missed: policy,
    fire,
    async plan(firing, now, { cursor, nextAt: known }) {
      // The backend got it from this same rule, so nothing is due before.
      if (known !== undefined && known > now) return { steps: [], nextAt: known };
      const nextAt = rule.next(Math.max(now, cursor));
      if (nextAt !== undefined) checkInstant(nextAt, Math.max(now, cursor));
      const steps: Advance[] = [];
      const times = missed(rule, policy, cursor, now);
      for (const [i, to] of times.entries()) {
        const from = times[i - 1] ?? cursor;
        checkInstant(to, from);
        const asked = typeof request === "function" ? request(dateAt(to)) : request;
        const job = await occurrence(name, asked, to, firing);
        // If the call with the next step fails, that is still due.
        steps.push({ name, rule: rule.text, from, to, nextAt: times[i + 1] ?? nextAt, job });
      }
      // It is new, or the due occurrence is skipped: the backend still needs the next time.
      if (steps.length === 0 && known !== nextAt)
        steps.push({ name, rule: rule.text, from: cursor, to: cursor, nextAt });
      return { steps, nextAt };
    },
  };
}

async function occurrence(name: string, request: OccurrenceRequest, nominal: number, firing: Firing): Promise<NewJob> {
  checkOccurrence(name, request);
  const time = dateAt(nominal).toISOString();
  const partition = schedulePartition(name);
  const own = { id: `${partition}:${time}`, partition, metadata: { $schedule: name, $nominal_time: time } };
  const job = await reservedJob(request, own, firing.backend.traits, firing.platform);
  // Ignores the request's delay and runAt: an occurrence is due at its nominal time.
  return { ...job, due: { at: nominal } };
}

/** For callers that the compiler cannot check. */
function checkOccurrence(name: string, request: OccurrenceRequest): void {
  aRequest(request, `request of ${name}`, "invalid_schedule");
  const { after } = request.options;
  if (after !== undefined) refuse("invalid_schedule", `after of the request of ${name}`, "left out", after);
}

/** Refuses an instant that no backend can store, or that would make it tick for ever. */
function checkInstant(at: number, after: number): void {
  if (Number.isSafeInteger(at) && at > after) return;
  refuse("invalid_schedule", "time of an occurrence", `a whole number of ms after ${after}`, at);
}
