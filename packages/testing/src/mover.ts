import type { Puller, Tally } from "@longshore/core";
import type { Wake, WakeRequest } from "@longshore/core/adapter";
import { turn } from "./event-loop.ts";
import type { TestClock } from "./test-clock.ts";

/** Runs what is due, now and while the clock moves. */
export type Mover = { drain(): Promise<Tally>; advance(ms: number): Promise<Tally> };

/** How far the clock goes at a time while the store has due jobs that the worker could not take. */
const STUCK_MS = 1_000;

export function createMover(clock: TestClock, store: Wake, worker: Puller, wanted: WakeRequest): Mover {
  const drain = async (until: number, except: ReadonlySet<object>): Promise<Tally | undefined> => {
    const drained = worker.drain();
    return (await clock.settle(drained, until, except)) ? drained : undefined;
  };
  /** When the store has something to do next. */
  const nextDueAt = async (): Promise<number> => {
    const inMs = await store.dueInMs(wanted).catch(() => 0);
    return clock.now() + (inMs === 0 ? STUCK_MS : (inMs ?? Infinity));
  };

  /** What ran before may wait for the test. What was just claimed has begun after a turn. */
  const earlierWork = async (): Promise<ReadonlySet<object>> => {
    await turn();
    return clock.activity.underWay();
  };

  return {
    async drain() {
      return (await drain(Infinity, await earlierWork())) ?? newTally();
    },
    async advance(ms) {
      const earlier = await earlierWork();
      const end = clock.now() + ms;
      const tally = newTally();
      for (;;) {
        add(tally, await drain(end, earlier));
        if (clock.now() >= end) return tally;
        await clock.moveTo(Math.min(await nextDueAt(), end), earlier);
      }
    },
  };
}

function newTally(): Tally {
  return { claimed: 0, completed: 0, failed: 0, dead: 0, snoozed: 0, lost: 0 };
}

function add(sum: Tally, tally: Tally = newTally()): void {
  for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key]; // all keys of a tally
}
