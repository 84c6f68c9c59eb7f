import type { ClaimRequest, ClaimedJob } from "../contract/contract.ts";
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
  readonly priorityAgeMs: number | undefined;
  /** Fires due schedules. Returns the ms until its next call. Never rejects. */
  readonly tick: () => Promise<number>;
};

/**
 * A claim that was sent. `awaitedAt`: when its call returned, by which a store in this process has done its work. `count`:
 * the wake-ups before it.
 */
type Call = {
  readonly wanted: ClaimRequest["queues"];
  readonly sentAt: number;
  readonly awaitedAt: number;
  readonly count: number;
  readonly answer: Promise<readonly ClaimedJob[]>;
};

/** How often a drain calls a failing backend. */
const MOST_FAILURES = 4;

export function startLoop(services: Services, options: LoopOptions): Loop {
  const { backend, platform } = services;
  const { runs, group, untilIdle, endAt, pollMs, priorityAgeMs, tick } = options;
  // A drain ends with the last settlement.
  const wakeup = untilIdle ? services.progress : services.work;
  const { leaseMs } = backend.traits;
  const terms = { leaseMs, ...(priorityAgeMs !== undefined && { priorityAgeMs }) };
  const yielder = createYielder(platform);
  let stopped = false;
  /** When the last jobs came. */
  let acceptedAt = -Infinity;
  /** Sent while the handlers of the claim before them run (docs/decisions/0048). */
  let ahead: Call | undefined;

  const send = (wanted: Call["wanted"]): Call => {
    const sentAt = platform.monotonic();
    const answer = (wanted.length > 0 && backend.claim?.({ queues: wanted, ...terms })) || Promise.resolve([]);
    answer.catch(() => {}); // a claim ahead is awaited later
    return { wanted, sentAt, awaitedAt: platform.monotonic(), count: wakeup.count, answer };
  };

  /** Claims once. Returns how long to sleep (ms), or undefined if nothing is left to do. `count`: the wake-ups so far. */
  const claimOnce = async (count: number): Promise<number | undefined> => {
    const { wanted, sentAt, awaitedAt, answer } = ahead ?? send(runs.free());
    ahead = undefined;
    // If no jobs are held, abandoned handlers use every slot, for an unknown time.
    if (wanted.length === 0) return untilIdle && runs.empty() ? undefined : Infinity;
    const jobs = await answer;
    const isFull = jobs.length === sumOf(wanted);
    if (stopped) await handBack(jobs);
    else accept(jobs, sentAt, awaitedAt, isFull);
    // The end of one that has expired may have made others due.
    if (isFull || jobs.some(isExpired)) return 0;
    if (untilIdle) return runs.unsettled(group) ? Infinity : undefined;
    // What woke the worker meanwhile does not wait for an answer that would be out of date.
    if (wakeup.count !== count) return 0;
    // Only queues with free slots: the worker is woken when another slot becomes free.
    const queues = wanted.map(({ name }) => name);
    return Math.min(pollMs, (await backend.dueInMs?.({ queues, schedules: [] })) ?? Infinity);
  };
  /**
   * Starts claimed jobs. If the handlers of the jobs before took no longer than the wait for this claim, those of these jobs
   * will have ended when the next claim is answered.
   */
  const accept = (jobs: readonly ClaimedJob[], sentAt: number, awaitedAt: number, isFull: boolean): void => {
    const now = platform.monotonic();
    const isAhead = isFull && runs.idle() && sentAt - acceptedAt < now - awaitedAt;
    acceptedAt = now;
    // A client writes in a later turn, which it asks for when it is called: before these handlers, not behind all of them.
    const gate = isAhead ? Promise.resolve().then(() => platform.turn()) : undefined;
    runs.accept(jobs, sentAt, group, gate);
    const wantedNext = isAhead ? runs.free(true) : [];
    if (wantedNext.length > 0) ahead = send(wantedNext);
  };
  const handBack = async (jobs: readonly ClaimedJob[]): Promise<unknown> =>
    giveBack(backend, withoutExpired(jobs, services.emit));

  const run = async (): Promise<void> => {
    // A listener per loop: a shared one would be removed when the first loop ends.
    const stopListening = backend.onWake?.(() => wakeup.notify());
    let failures = 0;
    let tickAt = -Infinity;
    while (!stopped && platform.monotonic() < endAt) {
      if (yielder.due()) {
        await yielder.yieldNow();
        continue; // meanwhile it may have been stopped
      }
      const { count } = ahead ?? wakeup;
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
    await ahead?.answer.then(handBack).catch(() => {});
  };

  return {
    ended: run(),
    stop() {
      stopped = true;
      wakeup.notify();
    },
  };
}

function sumOf(wanted: Call["wanted"]): number {
  return wanted.reduce((sum, { limit }) => sum + limit, 0);
}
