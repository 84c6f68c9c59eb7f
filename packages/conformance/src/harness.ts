import type { Platform } from "@longshore/core";
import type { ClaimedJob } from "@longshore/core/adapter";
import { START, seeded, turn, virtualTime } from "@longshore/testing/tools";
import type { AdapterWith } from "./adapter-with.ts";
import { AssertionError } from "./expect.ts";
import type { Need } from "./need.ts";
import type { AnyAdapter, Make, Subject, Transacted } from "./subject.ts";
import { observeTransactions } from "./observed-transactions.ts";
import { type Call, type Fault, type Verb, observe } from "./observed-adapter.ts";

/** What a case works with. Time stands still unless the case moves it. */
export type Harness<N extends Need = never> = {
  readonly adapter: AdapterWith<N>;
  /** The adapter's clock. */
  now(): number;
  /** Moves the clock and fires every timer on the way, and waits for the work that they started. */
  pass(ms: number): Promise<void>;
  /** Waits until all remaining work waits for time or for the case. */
  idle(): Promise<void>;
  /** Waits for a condition without moving time. If it fails, the error says `what`. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Waits for a promise without moving time. If it fails, the error says `what`. */
  soon<T>(promise: Promise<T>, what: string): Promise<T>;
  /** Time and chance for `createQueue` and `createWorker`. `skewMs`: how far its time of day is off. */
  platform(skewMs?: number | (() => number)): Platform;
  /** The adapter's answers so far, in order. */
  readonly calls: readonly Call[];
  /** Makes the next calls of a verb go wrong. */
  fault(verb: Verb, fault: Fault, times?: number): void;
  /** Ends all faults. */
  heal(): void;
  /** Hands every due job to `run`: by claims, or by the subject's deliveries. */
  deliver(run: (jobs: readonly ClaimedJob[]) => Promise<void>): Promise<void>;
  /** True if the subject delivers, so that a worker need not claim. */
  readonly delivers: boolean;
  /** Runs something in a transaction of the subject, which rolls back if that throws. */
  transact(work: Transacted): Promise<void>;
  /** The adapter for a process that starts after this one was killed. */
  reopen(): Promise<AdapterWith<N>>;
  dispose(): Promise<void>;
};

// A backend's reply may take many turns, but a promise that never resolves must not take for ever.
const MOST_TURNS = 1_000;

export async function openHarness(make: Make): Promise<Harness<Need>> {
  const time = virtualTime();
  const subject: Subject = await make({ clock: { now: time.now } });
  let seen = observe(subject.adapter);
  const transactions = observeTransactions(subject);
  let ids = 0;
  /** Deliveries that wait for their broker: what runs may also wait for time, and does not count. */
  let delivering = 0;

  const idle = async (): Promise<void> => {
    do await turn();
    while (seen.inFlight() + transactions.inFlight() + delivering > 0);
  };

  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (let turns = 0; turns < MOST_TURNS; turns++) {
      if (condition()) return;
      await idle();
    }
    throw new AssertionError(`it never came about that ${what}`);
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
      return narrowed(seen.adapter);
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
        // Starts at another value than the time of day, so that mixing up the two is noticed.
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
      if (subject.deliver === undefined) return claimAll(narrowed(seen.adapter), run);
      const counted = async (jobs: readonly ClaimedJob[]): Promise<void> => {
        delivering--;
        await run(jobs).finally(() => delivering++);
      };
      delivering++;
      await subject.deliver(counted).finally(() => delivering--);
    },
    async reopen() {
      if (subject.reopen === undefined) throw new AssertionError("the subject cannot be reopened");
      seen = observe(await subject.reopen());
      return narrowed(seen.adapter);
    },
    async transact(work) {
      await transactions.transact(work);
    },
    async dispose() {
      await subject.dispose?.();
    },
  };
}

/** Gives a case only the parts of an adapter that it needs. */
function narrowed(adapter: AnyAdapter): AdapterWith<Need> {
  return adapter as AdapterWith<Need>;
}

const MOST_PER_CLAIM = 100;

/** Claims and runs until nothing is due. */
export async function claimAll(
  adapter: AdapterWith<"Pull">,
  run: (jobs: readonly ClaimedJob[]) => Promise<void>,
): Promise<void> {
  const { leaseMs } = adapter.traits;
  for (;;) {
    const jobs = await adapter.claim({ queues: [{ name: "default", limit: MOST_PER_CLAIM }], leaseMs });
    if (jobs.length === 0) return;
    await run(jobs);
  }
}
