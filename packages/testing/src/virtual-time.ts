/** A clock and timers that only the test moves. */
export type VirtualTime = {
  now(): number;
  timer(ms: number, callback: () => void): () => void;
  /** Moves the clock, stopping at every timer on the way. `settle` waits for the work that a timer started. */
  pass(ms: number, settle: () => Promise<void>): Promise<void>;
  /** When the next timer fires; Infinity if there is none. */
  nextAt(): number;
  /** Moves the clock to an instant, at which no timer before it has been passed over. A past one moves nothing. */
  moveTo(at: number): void;
  /** Moves the clock to the next timer and fires it. Returns false if there is none. */
  fireNext(): boolean;
  /** Forgets all timers, as the end of their process does. */
  clear(): void;
};

type Timer = { readonly at: number; readonly callback: () => void };

/** A Monday noon in January: no time zone changes its clocks that week. */
export const START: number = Date.UTC(2026, 0, 5, 12);

/** More than any correct case needs: an hour of a loop that polls each second. */
const MOST_TIMERS = 10_000;

export function virtualTime(start: number = START): VirtualTime {
  let now = start;
  const timers = new Set<Timer>();

  function nextBefore(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }

  function fire(timer: Timer): void {
    timers.delete(timer);
    now = Math.max(now, timer.at);
    timer.callback();
  }

  return {
    now: () => now,
    timer(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async pass(ms, settle) {
      const end = now + ms;
      let fired = 0;
      await settle();
      for (let timer = nextBefore(end); timer !== undefined; timer = nextBefore(end)) {
        if (++fired > MOST_TIMERS) throw new Error(`${fired} timers went off within ${ms} ms: something spins`);
        fire(timer);
        await settle();
      }
      now = end;
    },
    nextAt: () => nextBefore(Infinity)?.at ?? Infinity,
    moveTo(at) {
      now = Math.max(now, Math.min(at, nextBefore(at)?.at ?? at));
    },
    fireNext() {
      const timer = nextBefore(Infinity);
      if (timer !== undefined) fire(timer);
      return timer !== undefined;
    },
    clear: () => timers.clear(),
  };
}
