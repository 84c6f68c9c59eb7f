import type { Adapter, NewJob, Prune, ScheduleRow, Schedules } from "./contract.ts";
import { type Emit } from "./events.ts";
import type { JobRequest } from "./job.ts";
import { schedulePartition } from "./lifecycle.ts";
import { checkName } from "./limits.ts";
import { type Platform, dateAt, isoTime, withDeadline } from "./platform.ts";
import { eventJob } from "./queue.ts";
import { newJob } from "./request.ts";
import { type MissedPolicy, type Rule, missed } from "./schedule.ts";

/** A rule and the job that each of its occurrences enqueues; made by `schedule`. */
export type Schedule = {
  readonly name: string;
  readonly rule: Rule;
  readonly missed: MissedPolicy;
  readonly request: (nominal: Date) => JobRequest;
};

/**
 * Declares what should be enqueued when. Each occurrence is one job, whose id is the schedule's name and the nominal
 * time, however many workers tick. `missed` says what follows after downtime: one run of the latest occurrence
 * (`"latest"`), none (`"skip"`), or at most so many (`{ all: 10 }`).
 *
 * ```ts
 * schedule("daily-report", cron("0 1 * * *", { timeZone: "Europe/Berlin" }), (nominal) => report.with({ day: nominal.toISOString() }));
 * ```
 */
export function schedule(
  name: string,
  rule: Rule,
  request: JobRequest | ((nominal: Date) => JobRequest),
  options: { readonly missed?: MissedPolicy } = {},
): Schedule {
  checkName(name, "schedule");
  return {
    name,
    rule,
    missed: options.missed ?? "latest",
    request: typeof request === "function" ? request : () => request,
  };
}

/** Looks at every schedule and fires what is due; answers when to look again, in ms by the backend's clock. */
export async function tick(
  adapter: Adapter & Schedules,
  schedules: readonly Schedule[],
  platform: Platform,
  emit: Emit,
): Promise<number | undefined> {
  const limited = <T>(call: () => Promise<T>): Promise<T> =>
    withDeadline(platform, adapter.traits.leaseMs, "tick", call);
  const { now, rows } = await limited(() => adapter.declare(schedules.map(({ name }) => name)));

  const fire = async (one: Schedule, row: ScheduleRow): Promise<number | undefined> => {
    const nextAt = one.rule.next(Math.max(now, row.cursor));
    let from = row.cursor;
    for (const nominal of missed(one.rule, one.missed, row.cursor, now)) {
      const job = await occurrence(one, nominal, adapter, platform);
      const answer = await limited(() => adapter.advance({ name: one.name, from, to: nominal, nextAt, job }));
      if (answer === "behind") return nextAt;
      from = nominal;
      emit?.({ type: "fired", at: platform.now(), schedule: one.name, nominal, id: job.id });
      emit?.({ type: "enqueued", at: platform.now(), job: eventJob(job) });
    }
    // The rule was changed by a deploy, or the wake-up was used: the backend must know the time again.
    if (from === row.cursor && row.nextAt !== nextAt) {
      await limited(() => adapter.advance({ name: one.name, from, to: from, nextAt }));
    }
    return nextAt;
  };

  const times = await Promise.all(schedules.map((one, i) => fire(one, rows[i] ?? { cursor: now })));
  const first = Math.min(...times.map((at) => at ?? Infinity));
  return first === Infinity ? undefined : Math.max(0, first - now);
}

async function occurrence(
  { name, request }: Schedule,
  nominal: number,
  { traits }: Adapter,
  platform: Platform,
): Promise<NewJob> {
  const time = isoTime(nominal);
  const { definition, input, options } = request(dateAt(nominal));
  const job = await newJob(
    definition,
    input,
    {
      ...options,
      id: `schedule:${name}:${time}`,
      partition: schedulePartition(name),
      metadata: { ...(options.metadata ?? definition.metadata?.(input as never)), schedule: name, nominal_time: time },
    },
    traits,
    platform,
  );
  // A delay or a runAt of the request would be about another moment than the nominal one.
  return { ...job, due: { at: nominal } };
}

const PRUNE_PAGE = 100;

/** Removes what is past its retention, and tells of each dead letter that goes. */
export async function prune(adapter: Adapter & Prune, platform: Platform, emit: Emit): Promise<void> {
  const gone = await adapter.prune(PRUNE_PAGE);
  for (const row of gone) emit?.({ type: "pruned", at: platform.now(), job: eventJob(row) });
}
