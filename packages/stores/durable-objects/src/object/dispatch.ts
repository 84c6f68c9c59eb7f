import type { Duration, Logger } from "@longshore/core";
import {
  type Checks,
  type ClaimedJob,
  aFunction,
  aLogger,
  duration,
  integer,
  logTo,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { type AlarmStorage, createAlarm } from "./alarm.ts";
import {
  MOST_CHARACTERS,
  type StoreOptions,
  type StoreState,
  capacityAt,
  claimNext,
  messageCharacters,
  nextQueues,
  openState,
} from "@longshore/sqlite-engine";
import { databaseOf, smallJobsOf } from "../database.ts";
import type { ObjectStorage } from "../storage.ts";
import type { ObjectRunner, Renew, Settle } from "./runner.ts";
import { createTicking } from "./ticking.ts";

export type DispatchOptions = {
  /**
   * Runs the jobs. Default: the entry point `JobsRunner` among this Worker's exports; without it nothing runs, and an
   * error is logged. With `false` the object only keeps jobs for others to claim, and sets no alarm.
   */
  readonly runner?: ObjectRunner | false | undefined;
  /** How many jobs may run at a time, at most 1 000. Default: 100. */
  readonly maxRunning?: number | undefined;
  /** How many jobs one call of the runner may have, at most 1 000. Default: 10. */
  readonly batchSize?: number | undefined;
  /**
   * In which order it starts jobs: as the `priorityAge` of a worker, which claims nothing in `jobsRunner`. At least 1 ms.
   * Default: jobs of a lower number always go first.
   */
  readonly priorityAge?: Duration | undefined;
  /**
   * When your own code in this object next needs its alarm, in ms since the epoch. An object has only one alarm: never
   * set it yourself, return its time here, and call `checkSoon()` when it changes.
   */
  readonly ownAlarmAt?: () => number | undefined;
  readonly log?: Logger | undefined;
};

/** The part of `ctx` used here; a `DurableObjectState` fits. */
export type ObjectContext = {
  readonly storage: ObjectStorage & AlarmStorage & { sync(): Promise<void> };
  waitUntil(work: Promise<unknown>): void;
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
};

export type Dispatch = {
  readonly state: StoreState;
  /**
   * Before the turn ends, checks which jobs to run, what is due, and the alarm. Never throws. `asked`: the call came
   * from outside, so the first one checks all schedules. Default: true.
   */
  checkSoon(asked?: boolean): void;
  alarmFired(): void;
  /** Checks everything, including all schedules. */
  wake(): void;
};

const AFTER_AN_ERROR_MS = 30_000;

const OTHERS = "Or give the object its `runner`: `false` where others claim its jobs.";
const NO_EXPORTS = `Without \`ctx.exports\` its runner cannot be found: set the compatibility_date to 2025-11-17 or later, or the compatibility flag enable_ctx_exports. ${OTHERS}`;
const NO_RUNNER = `This Worker exports no entry point JobsRunner: export const JobsRunner = jobsRunner(...). ${OTHERS}`;

export const DISPATCH_CHECKS: Checks<DispatchOptions> = {
  runner(value, what) {
    if (value !== false) withMethods("run", "tick")(value, what);
  },
  maxRunning: integer(1, 1_000),
  batchSize: integer(1, 1_000),
  priorityAge: duration(1),
  ownAlarmAt: aFunction,
  log: aLogger,
};

/** `settle`, `renew`: for the runners. */
export function createDispatch(
  ctx: ObjectContext,
  options: DispatchOptions & StoreOptions,
  settle: Settle,
  renew: Renew,
): Dispatch {
  // Only the Worker's own types know its exports.
  const { exports } = ctx as { exports?: { JobsRunner?: ObjectRunner } };
  const { runner = exports?.JobsRunner, maxRunning = 100, batchSize = 10, ownAlarmAt, log = console } = options;
  const priorityAgeMs = options.priorityAge === undefined ? undefined : toMs(options.priorityAge);
  // With more than half, a single slow job would hold back everything else that could run.
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
    // A new life of the object may follow a deploy, which may have brought other schedules.
    if (asked && isNew) {
      isNew = false;
      ticking.requestAll();
    }
    if (expected) return;
    expected = true;
    queueMicrotask(look);
  };
  const state = openState(databaseOf(ctx.storage), {
    ...options,
    smallJobs: smallJobsOf(options),
    autoStart: runner ? { maxRunning, batch, started, priorityAgeMs } : undefined,
    noRunner: runner === undefined,
    changed: () => checkSoon(false),
  });
  const { leases, atomic, waiting, paused } = state;
  const { clock, leaseMs } = state.options;
  const recheck = (): void => checkSoon(false);

  const run = (to: ObjectRunner, jobs: ClaimedJob[]): void => {
    // If a batch breaks off, the rest of its jobs run again when their lease ends.
    const leased = jobs.map((job) => ({ ...job, leaseMs }));
    ctx.waitUntil(to.run(leased, settle, renew).catch(report("a batch")).then(recheck));
  };
  const ticking = createTicking(state, (tick) => ctx.waitUntil(tick.catch(report("a tick")).then(recheck)));
  /** The started jobs, except those rolled back by a transaction around the call, and due jobs while there is room. */
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
  /** Starts what it can without awaiting it. Returns when there will be more to start. */
  const start = (to: ObjectRunner): number => {
    const jobs = startable();
    for (const some of batches(jobs, batchSize)) run(to, some);
    // Two readings of one clock may differ, which would set the alarm again.
    const realNow = Date.now();
    const now = options.clock === undefined ? realNow : clock();
    // Everything that can start now has started. Other due jobs wait until a run or its lease ends.
    let first = nextQueues(state, capacityAt(state, now), now, 1).length > 0 ? now : waiting.laterAt(now);
    for (const [queue, until] of paused) if (waiting.dueAt(queue) < Infinity) first = Math.min(first, until);
    for (const { due } of leases.held.values()) if (due > now) first = Math.min(first, due);
    first = Math.min(
      first,
      ticking.look((only) => to.tick(only), jobs.length > 0, now),
    );
    return realNow + first - now;
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

/** Splits jobs into batches of at most `size` jobs, each small enough for one message. */
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

/** Whether there is something to run, now or later. */
function holdsWork({ waiting, leases, cursors }: StoreState): boolean {
  return waiting.queues().size + leases.held.size > 0 || cursors.scheduled();
}
