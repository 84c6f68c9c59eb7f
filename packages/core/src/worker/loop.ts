import { giveBack, pauseAfterFailures } from "./backend.ts";
import { isExpired, withoutExpired } from "./expired.ts";
import type { RunGroup } from "./run.ts";
import type { Runs } from "./runs.ts";
import type { Services } from "./services.ts";
import { createYielder } from "./yielding.ts";

/** Claims jobs into free slots, and sleeps when there is nothing to do. */
export type Loop = {
  /** Resolves after `stop` or, with `untilIdle`, once no job is due or held. Never rejects. */
  readonly ended: Promise<void>;
  stop(): void;
};

export type LoopOptions = {
  readonly runs: Runs;
  readonly group: RunGroup;
  readonly untilIdle: boolean;
  /** When it stops by itself. Not a timer: jobs that end at once would not let it fire. */
  readonly endAt: number;
  /** The longest sleep, for backends without `onWake`, and in case its call is lost. */
  readonly pollMs: number;
  /** Fires due schedules. Returns the ms until its next call. Never rejects. */
  readonly tick: () => Promise<number>;
};

/** How often a drain calls a failing backend. */
const MOST_FAILURES = 4;

export function startLoop(services: Services, options: LoopOptions): Loop {
  const { backend, platform } = services;
  const { runs, group, untilIdle, endAt, pollMs, tick } = options;
  // A drain ends with the last settlement.
  const wakeup = untilIdle ? services.progress : services.work;
  const { leaseMs } = backend.traits;
  const yielder = createYielder(platform);
  let stopped = false;

  /** Claims once. Returns how long to sleep (ms), or undefined if nothing is left to do. `count`: the wake-ups so far. */
  const claimOnce = async (count: number): Promise<number | undefined> => {
    const wanted = runs.free();
    // If no jobs are held, abandoned handlers use every slot, for an unknown time.
    if (wanted.length === 0) return untilIdle && runs.empty() ? undefined : Infinity;
    const sentAt = platform.monotonic();
    const jobs = (await backend.claim?.({ queues: wanted, leaseMs })) ?? [];
    if (stopped) await giveBack(backend, withoutExpired(jobs, services.emit));
    else runs.accept(jobs, sentAt, group);
    // The end of one that has expired may have made others due.
    if (jobs.length === wanted.reduce((sum, { limit }) => sum + limit, 0) || jobs.some(isExpired)) return 0;
    if (untilIdle) return runs.unsettled(group) ? Infinity : undefined;
    // What woke the worker meanwhile does not wait for an answer that would be out of date.
    if (wakeup.count !== count) return 0;
    // Only queues with free slots: the worker is woken when another slot becomes free.
    const queues = wanted.map(({ name }) => name);
    return Math.min(pollMs, (await backend.dueInMs?.({ queues, schedules: [] })) ?? Infinity);
  };

  const run = async (): Promise<void> => {
    // A listener per loop: a shared one would be removed when the first loop ends.
    const stopListening = backend.onWake?.(() => wakeup.notify());
    let failures = 0;
    let tickAt = -Infinity;
    while (!stopped && platform.monotonic() < endAt) {
      if (yielder.due()) await yielder.yieldNow();
      const { count } = wakeup;
      let sleepMs: number | undefined;
      try {
        if (platform.monotonic() >= tickAt) tickAt = platform.monotonic() + (await tick());
        sleepMs = await claimOnce(count);
        failures = 0;
      } catch {
        sleepMs = pauseAfterFailures(++failures);
        if (untilIdle && failures >= MOST_FAILURES) break;
      }
      // Something happened since this claim began: claim again instead of sleeping.
      if (wakeup.count !== count) continue;
      if (sleepMs === undefined) break;
      const ms = Math.min(sleepMs, Math.min(tickAt, endAt) - platform.monotonic());
      if (ms > 0) await wakeup.wait(ms);
    }
    stopListening?.();
  };

  return {
    ended: run(),
    stop() {
      stopped = true;
      wakeup.notify();
    },
  };
}
