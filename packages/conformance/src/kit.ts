import type { Platform } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import type { Asked } from "./asked.ts";
import { Unmet } from "./expect.ts";
import type { Need } from "./need.ts";
import { seeded } from "./random.ts";
import type { AnyAdapter, Make, Subject } from "./subject.ts";
import { turn } from "./turn.ts";
import { START, virtualTime } from "./virtual-time.ts";
import { type Call, type Fault, type Verb, watch } from "./watch.ts";

/** What a case has in hand. Time stands still unless the case moves it. */
export type Kit<N extends Need = never> = {
  readonly adapter: Asked<N>;
  /** The adapter's clock. */
  now(): number;
  /** Moves the clock and every timer on the way, and waits for what they began. */
  pass(ms: number): Promise<void>;
  /** Waits until nothing is under way but what waits for time or for the case. */
  idle(): Promise<void>;
  /** Waits for something to become true without moving time; fails with what was awaited. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Waits for a promise without moving time; fails with what was awaited. */
  soon<T>(promise: Promise<T>, what: string): Promise<T>;
  /** Time and chance for `createQueue` and `createWorker`; its time of day is off by `skewMs`, or by what that answers. */
  platform(skewMs?: number | (() => number)): Platform;
  /** What the adapter answered so far, in the order of its answers. */
  readonly calls: readonly Call[];
  /** The next calls of a verb go wrong. */
  fault(verb: Verb, fault: Fault, times?: number): void;
  /** Nothing goes wrong any more. */
  heal(): void;
  /** Hands every job that is due to `run`: by claims, or as the subject delivers. */
  deliver(run: (jobs: readonly ClaimedJob[]) => Promise<void>): Promise<void>;
  /** True where the subject delivers, so that a worker need not claim. */
  readonly delivers: boolean;
  /** The adapter as a process finds it that starts after this one was killed. */
  reopen(): Promise<Asked<N>>;
  dispose(): Promise<void>;
};

// A backend's replies may take many turns; a promise that nobody will resolve must not take for ever.
const MOST_TURNS = 1_000;

export async function openKit(make: Make): Promise<Kit<Need>> {
  const time = virtualTime();
  const subject: Subject = await make({ clock: { now: time.now } });
  let seen = watch(subject.adapter);
  let ids = 0;

  const idle = async (): Promise<void> => {
    do await turn();
    while (seen.inFlight() > 0);
  };

  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (let turns = 0; turns < MOST_TURNS; turns++) {
      if (condition()) return;
      await idle();
    }
    throw new Unmet(`it never came about that ${what}`);
  };

  const soon = async <T>(promise: Promise<T>, what: string): Promise<T> => {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await until(() => settled, what);
    return promise;
  };

  return {
    get adapter() {
      return asked(seen.adapter);
    },
    get calls() {
      return seen.calls;
    },
    now: time.now,
    pass: (ms) => time.pass(ms, idle),
    idle,
    until,
    soon,
    platform(skewMs = 0) {
      return {
        now: () => time.now() + (typeof skewMs === "function" ? skewMs() : skewMs),
        // From another moment on than the time of day, so that nobody takes the one for the other.
        monotonic: () => time.now() - START,
        turn: () => Promise.resolve(),
        timer: time.timer,
        random: seeded(1),
        id: () => `made-${String(++ids).padStart(6, "0")}`,
      };
    },
    fault: (verb, fault, times) => seen.fault(verb, fault, times),
    heal: () => seen.heal(),
    delivers: subject.deliver !== undefined,
    async deliver(run) {
      await (subject.deliver?.(run) ?? claimAll(asked(seen.adapter), run));
    },
    async reopen() {
      if (subject.reopen === undefined) throw new Unmet("the subject cannot be reopened");
      seen = watch(await subject.reopen());
      return asked(seen.adapter);
    },
    async dispose() {
      await subject.dispose?.();
    },
  };
}

/** What an adapter lacks, `needs` kept away from the cases. */
function asked(adapter: AnyAdapter): Asked<Need> {
  return adapter as Asked<Need>;
}

const MOST_PER_CLAIM = 100;

/** Claims and runs until nothing is due. */
export async function claimAll(
  adapter: Asked<"Pull">,
  run: (jobs: readonly ClaimedJob[]) => Promise<void>,
): Promise<void> {
  const { leaseMs } = adapter.traits;
  for (;;) {
    const jobs = await adapter.claim({ queues: [{ name: "default", limit: MOST_PER_CLAIM }], leaseMs });
    if (jobs.length === 0) return;
    await run(jobs);
  }
}
