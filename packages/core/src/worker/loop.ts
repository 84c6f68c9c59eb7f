import { giveBack, patience } from "./backend.ts";
import type { RunGroup } from "./run.ts";
import type { Slots } from "./slots.ts";
import type { Services } from "./services.ts";
import { createTurns } from "./turns.ts";

/** Claims into free slots, and waits for whatever happens first where there is nothing to do. */
export type Loop = {
  /** Resolves once it was stopped or, with `untilIdle`, once nothing is due and nothing is held. Never rejects. */
  readonly ended: Promise<void>;
  stop(): void;
};

export type LoopOptions = {
  readonly slots: Slots;
  readonly group: RunGroup;
  readonly untilIdle: boolean;
  /** When it stops by itself. A timer would not do: jobs that end at once leave none a turn. */
  readonly endAt: number;
  /** The longest sleep between two looks, for backends that cannot call us and for calls that got lost. */
  readonly pollMs: number;
  /** Fires what schedules ask for; answers when it wants to be called again, in ms. Never rejects. */
  readonly tick: () => Promise<number>;
};

/** How often a drain asks a failing backend. */
const MOST_FAILURES = 4;

export function startLoop({ backend, platform, bell }: Services, options: LoopOptions): Loop {
  const { slots, group, untilIdle, endAt, pollMs, tick } = options;
  const { leaseMs } = backend.traits;
  const turns = createTurns(platform);
  let stopped = false;

  /** One look at the backend; answers how long to sleep, or undefined when there is no more to do. */
  const look = async (): Promise<number | undefined> => {
    const wanted = slots.free();
    // With nothing in hand, abandoned handlers hold every slot, and nobody knows for how long.
    if (wanted.length === 0) return untilIdle && slots.empty() ? undefined : Infinity;
    const sentAt = platform.monotonic();
    const jobs = (await backend.claim?.({ queues: wanted, leaseMs })) ?? [];
    if (stopped) await giveBack(backend, jobs);
    else slots.accept(jobs, sentAt, group);
    if (jobs.length === wanted.reduce((sum, { limit }) => sum + limit, 0)) return 0;
    if (untilIdle) return slots.unsettled(group) ? Infinity : undefined;
    // What waits where no slot is free would keep us awake for nothing: a slot that comes free rings.
    const queues = wanted.map(({ name }) => name);
    return Math.min(pollMs, (await backend.dueInMs?.({ queues, schedules: [] })) ?? Infinity);
  };

  const run = async (): Promise<void> => {
    // A listener of this loop's own: one that two loops share would be forgotten with the first of them.
    const forget = backend.onWake?.(() => bell.ring());
    let failures = 0;
    let tickAt = -Infinity;
    while (!stopped && platform.monotonic() < endAt) {
      if (turns.due()) await turns.take();
      const { rings } = bell;
      let sleepMs: number | undefined;
      try {
        if (platform.monotonic() >= tickAt) tickAt = platform.monotonic() + (await tick());
        sleepMs = await look();
        failures = 0;
      } catch {
        sleepMs = patience(++failures);
        if (untilIdle && failures >= MOST_FAILURES) break;
      }
      // Something happened since this look began: look again instead of sleeping on it.
      if (bell.rings !== rings) continue;
      if (sleepMs === undefined) break;
      const ms = Math.min(sleepMs, Math.min(tickAt, endAt) - platform.monotonic());
      if (ms > 0) await bell.wait(ms);
    }
    forget?.();
  };

  return {
    ended: run(),
    stop() {
      stopped = true;
      bell.ring();
    },
  };
}
