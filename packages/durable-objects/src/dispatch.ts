import type { Logger } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import type { Alarm } from "./alarm.ts";
import type { Books } from "./books.ts";
import { claimAny } from "./claim.ts";
import { silence } from "./schedules.ts";
import { dueTimes } from "./wake.ts";

/** Who runs what the object hands out: a stateless Worker entry point. */
export type RunnerStub = {
  /** Resolves when all are settled. */
  run(jobs: ClaimedJob[]): Promise<unknown>;
  /** Looks at the schedules, and prunes. */
  tick(): Promise<unknown>;
};

export type DispatchOptions = {
  /** The most jobs that run at a time. Default: 100. */
  readonly maxRunning?: number;
  /** The most jobs in one call of the runner; they share a lease's row. Default: 10. */
  readonly batchSize?: number;
};

export type Dispatch = {
  /** How many jobs may start now: none, unless a whole batch may. */
  room(): number;
  begin(jobs: readonly ClaimedJob[]): void;
  /** Looks at everything before the turn is over: what was begun, what is due, what the alarm must know. Never throws. */
  soon(): void;
};

export type DispatchWorld = {
  readonly runner: RunnerStub | undefined;
  readonly alarm: Alarm;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly log: Logger;
  /** When the object itself wants its alarm. */
  readonly ownAlarmAt: () => number | undefined;
};

/** A tick that failed or never came back is tried again. */
const TICK_AGAIN_MS = 60_000;
/** A deploy may have brought other schedules, and dead letters grow old. */
const TICK_EVERY_MS = 3_600_000;
const AFTER_AN_ERROR_MS = 30_000;

export function createDispatch(books: Books, world: DispatchWorld, options: DispatchOptions): Dispatch {
  const { maxRunning = 100, batchSize = 10 } = options;
  const { runner, alarm, waitUntil, log } = world;
  const { leases, schedules, atomic } = books;
  const { clock, leaseMs } = books.options;
  const begun: ClaimedJob[] = [];
  let expected = false;
  let tickedAt = -Infinity;
  let tickAgainAt = -Infinity;

  const room = (): number => {
    if (runner === undefined) return 0;
    const now = clock();
    let free = maxRunning;
    for (const { until } of leases.held.values()) if (until > now) free--;
    // Whole batches only: a single place that comes free would make a batch of one, whose lease costs as much as ten.
    return free >= batchSize ? free : 0;
  };
  const run = async (to: RunnerStub, jobs: ClaimedJob[]): Promise<void> => {
    try {
      await to.run(jobs);
    } catch (error) {
      log.error("a batch was not run to its end: what it did not settle runs again when its lease is over", { error });
    }
    soon();
  };
  const launch = (to: RunnerStub, jobs: readonly ClaimedJob[]): void => {
    for (let i = 0; i < jobs.length; i += batchSize) waitUntil(run(to, jobs.slice(i, i + batchSize)));
  };
  const tick = async (to: RunnerStub, now: number): Promise<void> => {
    tickedAt = now;
    tickAgainAt = now + TICK_AGAIN_MS;
    try {
      await to.tick();
      atomic.run(() => silence(books, now));
      tickAgainAt = -Infinity;
    } catch (error) {
      log.error("a tick failed and is tried again in a minute", { error });
    }
    soon();
  };
  /** Starts what was claimed at birth and what is due; not awaited by anybody. */
  const start = (to: RunnerStub): void => {
    atomic.fresh();
    // The transaction in which they were begun may have been rolled back since.
    const jobs = begun.splice(0).filter(({ id, token }) => leases.held.get(id)?.token === token);
    let works = jobs.length > 0;
    launch(to, jobs);
    for (let free = room(); free > 0; free = room()) {
      const due = atomic.run(() => claimAny(books, Math.min(free, batchSize), leaseMs, clock()));
      if (due.length === 0) break;
      works = true;
      launch(to, due);
    }
    const now = clock();
    const fires = [...schedules.values()].some(({ nextAt = Infinity }) => nextAt <= now);
    if ((fires && now >= tickAgainAt) || (works && now - tickedAt >= TICK_EVERY_MS)) waitUntil(tick(to, now));
  };
  /** The next instant at which there is something to start that nobody else will start. */
  const wakeAt = (): number => {
    const now = clock();
    const full = room() === 0;
    let first = Infinity;
    // While there is no room, a run that ends starts what is due, or its lease's end does.
    for (const at of dueTimes(books, () => true)) if (at > now || !full) first = Math.min(first, at);
    for (const { nextAt = Infinity } of schedules.values()) first = Math.min(first, Math.max(nextAt, tickAgainAt));
    return Math.min(Date.now() + (first - now), world.ownAlarmAt() ?? Infinity);
  };
  const look = (): void => {
    try {
      if (runner !== undefined) start(runner);
      const at = runner === undefined ? (world.ownAlarmAt() ?? Infinity) : wakeAt();
      if (at < Infinity) alarm.setBy(at);
    } catch (error) {
      log.error("jobs were not looked at, and are in half a minute", { error });
      alarm.setBy(Date.now() + AFTER_AN_ERROR_MS);
    }
    expected = false;
  };
  const soon = (): void => {
    if (expected) return;
    expected = true;
    queueMicrotask(look);
  };

  return { room, begin: (jobs) => void begun.push(...jobs), soon };
}
