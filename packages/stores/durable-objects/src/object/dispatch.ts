import type { Logger } from "@longshore/core";
import { type Checks, type ClaimedJob, aFunction, aLogger, having, integer, logTo } from "@longshore/core/adapter";
import { type AlarmStorage, createAlarm } from "./alarm.ts";
import { type StoreState, type StoreOptions, openState } from "../store/state.ts";
import { claimNext, nextQueues } from "../store/claim.ts";
import { capacityAt } from "../store/capacity.ts";
import { MOST_CHARACTERS, messageCharacters } from "../message-size.ts";
import type { ObjectStorage } from "../store/schema.ts";
import type { ObjectRunner } from "./runner.ts";
import { createTicking } from "./ticking.ts";

export type DispatchOptions = {
  /**
   * Who runs the jobs. Default: the entry point `JobsRunner` among the exports of this Worker, without which nothing
   * runs, and the log says so. With `false` the object only keeps jobs, for others to claim, and sets no alarm.
   */
  readonly runner?: ObjectRunner | false | undefined;
  /** The most jobs that run at a time. Default: 100; at most 1 000. */
  readonly maxRunning?: number | undefined;
  /** The most jobs in one call of the runner. Default: 10; at most 1 000. */
  readonly batchSize?: number | undefined;
  /**
   * When your own code in this object wants its alarm next, in ms since the epoch. There is one alarm in an object:
   * never set it yourself, answer its time here, and call `checkSoon()` when that changes.
   */
  readonly ownAlarmAt?: () => number | undefined;
  readonly log?: Logger | undefined;
};

/** What is needed of `ctx`; a `DurableObjectState` has it. */
export type ObjectContext = {
  readonly storage: ObjectStorage & AlarmStorage;
  waitUntil(work: Promise<unknown>): void;
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
};

export type Dispatch = {
  readonly state: StoreState;
  /**
   * Looks at everything before the turn is over: what was started, what is due, what the alarm must know. Never throws.
   * `asked`: from outside, so that the first time is one to look at all schedules. Default: true.
   */
  checkSoon(asked?: boolean): void;
  /** The alarm fired. */
  alarmFired(): void;
  /** Looks at everything, and at all schedules. */
  wake(): void;
};

const AFTER_AN_ERROR_MS = 30_000;

const OTHERS = "Or give the object its `runner`: `false` where others claim its jobs.";
const NO_EXPORTS = `Without \`ctx.exports\` its runner cannot be found: set the compatibility_date to 2025-11-17 or later, or the compatibility flag enable_ctx_exports. ${OTHERS}`;
const NO_RUNNER = `This Worker exports no entry point JobsRunner: export const JobsRunner = jobsRunner(...). ${OTHERS}`;

export const DISPATCH_CHECKS: Checks<DispatchOptions> = {
  runner(value, what) {
    if (value !== false) having("run", "tick")(value, what);
  },
  maxRunning: integer(1, 1_000),
  batchSize: integer(1, 1_000),
  ownAlarmAt: aFunction,
  log: aLogger,
};

export function createDispatch(ctx: ObjectContext, options: DispatchOptions & StoreOptions): Dispatch {
  // What a Worker exports is known to its own types alone.
  const { exports } = ctx as { exports?: { JobsRunner?: ObjectRunner } };
  const { runner = exports?.JobsRunner, maxRunning = 100, batchSize = 10, ownAlarmAt, log = console } = options;
  // More than half of all, and a single job that takes long would hold back whatever else could run.
  const batch = Math.min(batchSize, Math.ceil(maxRunning / 2));
  const alarm = createAlarm(ctx);
  const started = new Map<number, ClaimedJob>();
  let expected = false;
  let complained = false;
  let isNew = true;

  const report =
    (what: string) =>
    (error: unknown): void =>
      logTo(log, "error", `jobs: ${what} failed, and is tried again`, { error });
  const checkSoon = (asked = true): void => {
    // A deploy ends the object's life before, and may have brought other schedules.
    if (asked && isNew) {
      isNew = false;
      ticking.requestAll();
    }
    if (expected) return;
    expected = true;
    queueMicrotask(look);
  };
  const state = openState(ctx.storage, {
    ...options,
    autoStart: runner ? { maxRunning, batch, started } : undefined,
    noRunner: runner === undefined,
    changed: () => checkSoon(false),
  });
  const { leases, atomic, waiting } = state;
  const { clock, leaseMs } = state.options;
  const recheck = (): void => checkSoon(false);

  const run = (to: ObjectRunner, jobs: ClaimedJob[]): void => {
    // What is left of a batch that breaks off runs again when its lease is over.
    const leased = jobs.map((job) => ({ ...job, leaseMs }));
    ctx.waitUntil(to.run(leased).catch(report("a batch")).then(recheck));
  };
  const ticking = createTicking(state, (tick) => ctx.waitUntil(tick.catch(report("a tick")).then(recheck)));
  /** What was started, but for what a transaction around it took back, and what is due while there is room. */
  const startable = (): ClaimedJob[] => {
    const jobs = atomic.read(() =>
      [...started.values()].filter(({ id, token }) => leases.held.get(id)?.token === token),
    );
    started.clear();
    for (;;) {
      const due = atomic.write((now) => claimNext(state, now));
      if (due.length === 0) return jobs;
      jobs.push(...due);
    }
  };
  /** Starts what it can, awaited by nobody; answers when there will be something that nobody else will start. */
  const start = (to: ObjectRunner): number => {
    const jobs = startable();
    for (const some of batches(jobs, batchSize)) run(to, some);
    const now = clock();
    // What could start by now is started: what is due and was not waits for a run that ends, or its lease's end.
    let first = nextQueues(state, capacityAt(state, now), now, 1).length > 0 ? now : waiting.laterAt(now);
    for (const { due } of leases.held.values()) if (due > now) first = Math.min(first, due);
    first = Math.min(
      first,
      ticking.look((only) => to.tick(only), jobs.length > 0, now),
    );
    return Date.now() + first - now;
  };
  const complain = (): void => {
    if (complained || options.runner === false || !atomic.read(() => holdsWork(state))) return;
    complained = true;
    logTo(log, "error", `jobs: nothing runs here. ${exports === undefined ? NO_EXPORTS : NO_RUNNER}`, {});
  };
  const look = (): void => {
    try {
      if (!runner) complain();
      const at = Math.min(ownAlarmAt?.() ?? Infinity, runner ? start(runner) : Infinity);
      if (at < Infinity) alarm.setBy(at);
    } catch (error) {
      report("dispatch")(error);
      alarm.setBy(Date.now() + AFTER_AN_ERROR_MS);
    }
    expected = false;
  };

  void ctx.blockConcurrencyWhile(async () => {
    await alarm.load().catch(report("getAlarm"));
    checkSoon(false);
  });
  return {
    state,
    checkSoon,
    alarmFired() {
      alarm.fired();
      checkSoon();
    },
    wake() {
      ticking.requestAll();
      checkSoon();
    },
  };
}

/** So many jobs at most in each, and as much as one message holds. */
function batches(jobs: readonly ClaimedJob[], size: number): ClaimedJob[][] {
  const all: ClaimedJob[][] = [];
  let characters = Infinity;
  for (const job of jobs) {
    const batch = characters > MOST_CHARACTERS ? undefined : all.at(-1);
    if (batch === undefined || batch.length === size) {
      all.push([job]);
      characters = 0;
    } else batch.push(job);
    characters += messageCharacters(job);
  }
  return all;
}

/** There is, or will be, something to run. */
function holdsWork({ waiting, leases, cursors }: StoreState): boolean {
  return waiting.queues().size + leases.held.size > 0 || cursors.scheduled();
}
