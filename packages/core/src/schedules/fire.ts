import type { Adapter } from "../contract/contract.ts";
import type { Advance, AdvanceAnswer, ScheduleRow, Schedules } from "../contract/scheduling.ts";
import { hasCode } from "../values/errors.ts";
import { type Emit, emitEnqueue } from "../events/events.ts";
import { type Logger, logTo } from "../runtime/logger.ts";
import type { Platform } from "../runtime/platform.ts";
import { MAX_BATCH } from "../values/limits.ts";
import type { Rule } from "./rule.ts";

/** The parts of a worker that firing needs. */
export type Firing = {
  readonly backend: Pick<Adapter, "traits"> & Partial<Schedules>;
  readonly platform: Platform;
  readonly log: Logger;
  readonly emit: Emit;
};

/** The parts of a schedule that firing needs. */
export type Planned = {
  readonly name: string;
  readonly rule: Rule;
  /** Plans the steps that are due at the backend's `now`. Fails if the rule or the request does. */
  readonly plan: (firing: Firing, now: number, row: ScheduleRow) => Promise<Plan>;
};

/**
 * The steps that enqueue due occurrences, each starting where the last one ends, and the time of the next occurrence.
 */
type Plan = { readonly steps: readonly Advance[]; readonly nextAt: number | undefined };

const MOST_CHARACTERS = 1_000_000;
/** A schedule that failed is tried again by then, at the latest. */
const TRY_AGAIN_MS = 60_000;

/**
 * Fires due occurrences of all schedules, with two calls to the backend, or more if many were missed. Returns the ms until
 * the next one. A schedule that fails is logged and does not stop the others. If a shard does not answer, the others fire
 * first; then this rejects.
 */
export async function fire(firing: Firing, schedules: readonly Planned[]): Promise<number | undefined> {
  try {
    return await fireAll(firing, schedules);
  } catch (error) {
    if (hasCode(error, "shard_failed") && schedules.length > 1) {
      await Promise.allSettled(schedules.map((one) => fireAll(firing, [one])));
    }
    throw error;
  }
}

async function fireAll(firing: Firing, schedules: readonly Planned[]): Promise<number | undefined> {
  const { backend, log } = firing;
  if (!backend.declare || !backend.advance) return undefined;
  const { now, rows } = await backend.declare(schedules.map(({ name, rule }) => ({ name, rule: rule.text })));
  const planOf = async ({ name, plan }: Planned, i: number): Promise<Plan> => {
    try {
      return await plan(firing, now, rows[i] ?? { cursor: now });
    } catch (error) {
      logTo(log, "error", `the schedule ${name} failed, and is tried again`, { schedule: name, error });
      return { steps: [], nextAt: now + TRY_AGAIN_MS };
    }
  };
  const plans = await Promise.all(schedules.map(planOf));
  for (const steps of callsOf(plans.flatMap((plan) => plan.steps))) {
    const answers = await backend.advance(steps);
    steps.forEach((step, i) => emitStep(firing, step, answers[i]));
  }
  const first = Math.min(...plans.map(({ nextAt = Infinity }) => nextAt));
  return first === Infinity ? undefined : Math.max(0, first - now);
}

/** Calls that every backend takes: of at most a thousand steps, and about a million characters of payload. */
function callsOf(steps: readonly Advance[]): readonly (readonly Advance[])[] {
  const calls: Advance[][] = [];
  let room = 0;
  for (const step of steps) {
    const length = step.job?.payload.length ?? 0;
    const call = calls.at(-1);
    if (call === undefined || call.length === MAX_BATCH || length > room) {
      calls.push([step]);
      room = MOST_CHARACTERS - length;
    } else {
      call.push(step);
      room -= length;
    }
  }
  return calls;
}

function emitStep({ emit }: Firing, { name, to, job }: Advance, answer: AdvanceAnswer | undefined): void {
  if (job === undefined || answer?.status !== "moved" || answer.job === undefined) return;
  emit?.({ type: "fired", schedule: name, nominal: to, id: job.id, status: answer.job.status });
  emitEnqueue(emit, job, answer.job);
}
