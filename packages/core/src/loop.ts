import type { Adapter, ClaimedJob, Notify, Pull, Wake } from "./contract.ts";
import { RELEASE, type RunGroup } from "./execute.ts";
import type { Logger } from "./logger.ts";
import { type Platform, clampTimer, withDeadline } from "./platform.ts";
import type { Slots } from "./slots.ts";

/** Claims into free slots, and waits for whatever happens first where there is nothing to do. */
export type Loop = {
  /** Resolves once `stop` was called, or, with `untilIdle`, once nothing is due and nothing is held. Never rejects. */
  run(untilIdle: boolean): Promise<void>;
  stop(): void;
};

export type LoopOptions = {
  readonly adapter: Adapter & Pull & Partial<Wake & Notify>;
  readonly slots: Slots;
  readonly group: RunGroup;
  readonly platform: Platform;
  readonly log: Logger;
  readonly queues: readonly string[];
  /** The longest sleep between two looks, for backends that cannot call us and for calls that got lost. */
  readonly pollMs: number;
  /** Fires what schedules ask for; answers when it wants to be called again, in ms. */
  readonly tick: () => Promise<number | undefined>;
};

const FIRST_BACKOFF_MS = 200;
const MOST_BACKOFF_MS = 30_000;
/** How often a drain asks a failing backend. */
const MOST_FAILURES = 4;

export function createLoop(options: LoopOptions): Loop {
  const { adapter, slots, group, platform, log, queues, pollMs } = options;
  const { leaseMs } = adapter.traits;
  let stopped = false;
  /** Something happened since the last look: do not sleep on it. */
  let woken = false;
  let endSleep: (() => void) | undefined;
  const wake = (): void => {
    woken = true;
    endSleep?.();
  };

  const claim = async (wanted: { name: string; limit: number }[]): Promise<number> => {
    const sentAt = platform.now();
    let late = false;
    try {
      const jobs = await withDeadline(platform, leaseMs, "claim", async () => {
        const answer = await adapter.claim({ queues: wanted, leaseMs });
        // An answer that comes after all holds leases: give them back instead of letting them run out.
        if (late) await giveBack(adapter, answer).catch(() => {});
        return answer;
      });
      slots.accept(jobs, sentAt, group);
      if (stopped) slots.releaseWaiting();
      return jobs.length;
    } catch (error) {
      late = true;
      throw error;
    }
  };

  /** Until a slot comes free, the backend calls, `stop` is called, or the time is over. */
  const sleep = (ms: number): Promise<void> | undefined => {
    if (woken || stopped || ms <= 0) return undefined;
    return new Promise((resolve) => {
      const stopTimer = ms === Infinity ? undefined : platform.timer(clampTimer(ms), () => endSleep?.());
      endSleep = () => {
        stopTimer?.();
        endSleep = undefined;
        resolve();
      };
    });
  };

  /** One look at the backend; answers how long to sleep, or undefined when there is no more to do. */
  const look = async (untilIdle: boolean, tickInMs: number): Promise<number | undefined> => {
    woken = false;
    const wanted = slots.free();
    if (wanted.length === 0) return Infinity;
    const room = wanted.reduce((sum, { limit }) => sum + limit, 0);
    const claimed = await claim(wanted);
    if (claimed === room) return slots.free().length > 0 ? 0 : Infinity;
    if (untilIdle) return slots.unsettled() ? Infinity : woken ? 0 : undefined;
    const dueInMs = (await adapter.dueInMs?.({ queues, schedules: [] })) ?? Infinity;
    return Math.min(pollMs, dueInMs, tickInMs);
  };

  return {
    async run(untilIdle) {
      const unsubscribe = [slots.onChange(wake), adapter.onWake?.(wake)];
      let failures = 0;
      let tickAt = untilIdle ? Infinity : 0;
      while (!stopped) {
        try {
          const now = platform.now();
          if (now >= tickAt) tickAt = now + ((await options.tick()) ?? Infinity);
          const sleepMs = await look(untilIdle, tickAt - now);
          failures = 0;
          if (sleepMs === undefined) break;
          await sleep(sleepMs);
        } catch (error) {
          const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** failures++, MOST_BACKOFF_MS);
          log.warn("the backend failed, and is asked again", { error, backend: adapter.name, in_ms: waitMs });
          if (untilIdle && failures >= MOST_FAILURES) break;
          await sleep(waitMs);
        }
      }
      for (const forget of unsubscribe) forget?.();
    },
    stop() {
      stopped = true;
      wake();
    },
  };
}

function giveBack(adapter: Adapter, jobs: readonly ClaimedJob[]): Promise<unknown> {
  return adapter.settle(jobs.map(({ id, partition, token }) => ({ id, partition, token, outcome: RELEASE })));
}
