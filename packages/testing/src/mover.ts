import type { Puller, Tally } from "@longshore/core";
import type { Wake, WakeRequest } from "@longshore/core/adapter";
import { turn } from "./event-loop.ts";
import type { TestClock } from "./test-clock.ts";

/** Runs what is due, now and while the clock moves. */
export type Mover = { drain(): Promise<Tally>; advance(ms: number): Promise<Tally> };

export type MoverOptions = WakeRequest & {
  /** How many calls of the store have failed, or had a fault. */
  readonly failed: () => number;
};

/** How far the clock goes at a time after calls that failed, or while the worker could not take what is due. */
const AGAIN_MS = 1_000;
/** How often that doubles while one drain after the other has failed calls: up to 8.5 min. */
const MOST_DOUBLINGS = 9;

export function createMover(clock: TestClock, store: Wake, worker: Puller, options: MoverOptions): Mover {
  const { failed, ...wanted } = options;
  const drain = async (until: number, except: ReadonlySet<object>): Promise<Tally | undefined> => {
    const drained = worker.drain();
    return (await clock.settle(drained, until, except)) ? drained : undefined;
  };
  /** When the store has something to do next. */
  const nextDueAt = async (): Promise<number> => {
    const inMs = await store.dueInMs(wanted).catch(() => 0);
    return clock.now() + (inMs === 0 ? AGAIN_MS : (inMs ?? Infinity));
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
      let inARow = 0;
      for (;;) {
        const failures = failed();
        add(tally, await drain(end, earlier));
        if (clock.now() >= end) return tally;
        // A schedule may not be declared yet, and a claim not have come: the worker of a real process would try again soon.
        inARow = failed() === failures ? 0 : inARow + 1;
        const again = inARow === 0 ? Infinity : clock.now() + AGAIN_MS * 2 ** Math.min(inARow - 1, MOST_DOUBLINGS);
        await clock.moveTo(Math.min(await nextDueAt(), again, end), earlier);
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
