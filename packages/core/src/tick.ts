import type { Advance, AdvanceAnswer, ScheduleRow } from "./contract.ts";
import { hasCode } from "./errors.ts";
import { tellEnqueue } from "./events.ts";
import { logTo } from "./logger.ts";
import type { Rule } from "./schedule.ts";
import type { Station } from "./station.ts";

/** What a tick needs of a schedule. */
export type Planned = {
  readonly name: string;
  readonly rule: Rule;
  /** For workers: what should be done about it by the backend's `now`. Fails with whatever rule and request fail with. */
  readonly plan: (station: Station, now: number, row: ScheduleRow) => Promise<Plan>;
};

/** The steps that enqueue what is due, each from where the one before ends, and when the next occurrence comes. */
type Plan = { readonly steps: readonly Advance[]; readonly nextAt: number | undefined };

/** A schedule that failed is tried again by then, at the latest. */
const TRY_AGAIN_MS = 60_000;

/**
 * Looks at every schedule and fires what is due, in two calls whatever their number; answers when to look again, in ms
 * by the backend's clock. A schedule that fails is logged, and spoils no other; nor does one whose shard is away.
 */
export async function tick(station: Station, schedules: readonly Planned[]): Promise<number | undefined> {
  try {
    return await tickAll(station, schedules);
  } catch (error) {
    if (hasCode(error, "shard_failed") && schedules.length > 1) {
      await Promise.allSettled(schedules.map((one) => tickAll(station, [one])));
    }
    throw error;
  }
}

async function tickAll(station: Station, schedules: readonly Planned[]): Promise<number | undefined> {
  const { backend, log } = station;
  if (!backend.declare || !backend.advance) return undefined;
  const { now, rows } = await backend.declare(schedules.map(({ name, rule }) => ({ name, rule: rule.text })));
  const planOf = async ({ name, plan }: Planned, i: number): Promise<Plan> => {
    try {
      return await plan(station, now, rows[i] ?? { cursor: now });
    } catch (error) {
      logTo(log, "error", `the schedule ${name} failed, and is tried again`, { schedule: name, error });
      return { steps: [], nextAt: now + TRY_AGAIN_MS };
    }
  };
  const plans = await Promise.all(schedules.map(planOf));
  const steps = plans.flatMap((plan) => plan.steps);
  const answers = steps.length > 0 ? await backend.advance(steps) : [];
  steps.forEach((step, i) => tellStep(station, step, answers[i]));
  const first = Math.min(...plans.map(({ nextAt = Infinity }) => nextAt));
  return first === Infinity ? undefined : Math.max(0, first - now);
}

function tellStep({ emit }: Station, { name, to, job }: Advance, answer: AdvanceAnswer | undefined): void {
  if (job === undefined || answer?.status !== "moved" || answer.job === undefined) return;
  emit?.({ type: "fired", schedule: name, nominal: to, id: job.id, status: answer.job.status });
  tellEnqueue(emit, job, answer.job);
}

const PRUNE_PAGE = 100;
const MOST_PAGES = 100;
/** What is left then goes with the next tick: schedules wait for this one. */
const MOST_PRUNE_MS = 5_000;

/** Removes what is past its retention, page by page until nothing is, and tells of each dead letter that goes. */
export async function prune({ backend, emit, platform }: Station): Promise<void> {
  const until = platform.now() + MOST_PRUNE_MS;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    // A page may be short because its letters are long: only an empty one is the last.
    const gone = (await backend.prune?.(PRUNE_PAGE)) ?? [];
    for (const job of gone) emit?.({ type: "pruned", job });
    if (gone.length === 0 || platform.now() >= until) return;
  }
}
