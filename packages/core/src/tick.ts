import type { NewJob, ScheduleRow } from "./contract.ts";
import type { JobRequest } from "./job.ts";
import { schedulePartition } from "./lifecycle.ts";
import { checkName } from "./limits.ts";
import { dateAt } from "./platform.ts";
import { newJob } from "./request.ts";
import { type MissedPolicy, type Rule, missed } from "./schedule.ts";
import type { Station } from "./station.ts";

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
export async function tick(station: Station, schedules: readonly Schedule[]): Promise<number | undefined> {
  const { backend, emit } = station;
  if (schedules.length === 0) return undefined;
  const declared = await backend.declare?.(schedules.map(({ name }) => name));
  if (declared === undefined) return undefined;
  const { now, rows } = declared;

  const fire = async (schedule: Schedule, row: ScheduleRow): Promise<number> => {
    const { name, rule } = schedule;
    const nextAt = rule.next(Math.max(now, row.cursor));
    let from = row.cursor;
    for (const to of missed(rule, schedule.missed, row.cursor, now)) {
      const job = await occurrence(schedule, to, station);
      if ((await backend.advance?.({ name, from, to, nextAt, job })) !== "fired") return nextAt ?? Infinity;
      from = to;
      emit?.({ type: "fired", schedule: name, nominal: to, id: job.id });
      emit?.({ type: "enqueued", job });
    }
    // The rule was changed by a deploy, or the wake-up was used: the backend must know the time again.
    if (from === row.cursor && row.nextAt !== nextAt) await backend.advance?.({ name, from, to: from, nextAt });
    return nextAt ?? Infinity;
  };

  const times = await Promise.all(schedules.map((schedule, i) => fire(schedule, rows[i] ?? { cursor: now })));
  const first = Math.min(...times);
  return first === Infinity ? undefined : Math.max(0, first - now);
}

async function occurrence(
  { name, request }: Schedule,
  nominal: number,
  { backend, platform }: Station,
): Promise<NewJob> {
  const { definition, input, options } = request(dateAt(nominal));
  const time = dateAt(nominal).toISOString();
  const metadata = options.metadata ?? definition.metadata?.(input as never); // its input, which newJob checks
  const job = await newJob(
    {
      definition,
      input,
      options: {
        ...options,
        id: `schedule:${name}:${time}`,
        partition: schedulePartition(name),
        metadata: { ...metadata, schedule: name, nominal_time: time },
      },
    },
    backend.traits,
    platform,
  );
  // A delay or a runAt of the request would be about another moment than the nominal one.
  return { ...job, due: { at: nominal } };
}

const PRUNE_PAGE = 100;

/** Removes what is past its retention, and tells of each dead letter that goes. */
export async function prune({ backend, emit }: Station): Promise<void> {
  for (const job of (await backend.prune?.(PRUNE_PAGE)) ?? []) emit?.({ type: "pruned", job });
}
