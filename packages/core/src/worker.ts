import type { Adapter, ClaimedJob, Notify, Prune, Pull, Renew, Schedules, Wake } from "./contract.ts";
import { type Duration, toMs } from "./duration.ts";
import { LongshoreError, check } from "./errors.ts";
import { type EventListener, emitter } from "./events.ts";
import type { Binding, RunGroup, Tally } from "./execute.ts";
import { checkInteger, checkName } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { createLoop } from "./loop.ts";
import { type Platform, systemPlatform } from "./platform.ts";
import { checkTimeout } from "./request.ts";
import { createSlots } from "./slots.ts";
import { type Schedule, prune, tick } from "./tick.ts";

export type WorkerOptions<A extends Adapter = Adapter> = {
  readonly handlers: readonly Binding[];
  /** Slots by queue: how many jobs of it run at a time. Default: 10 for each queue of the handlers' definitions. */
  readonly queues?: Readonly<Record<string, number>>;
  /** Only where the adapter can keep a schedule's cursor. */
  readonly schedules?: A extends Schedules ? readonly Schedule[] : never;
  readonly onEvent?: EventListener;
  readonly log?: Logger;
  /** The longest sleep of the loop between two looks at the backend. Default: 5 s. */
  readonly poll?: Duration;
  /** For tests that own time and chance. */
  readonly platform?: Platform;
};

/** What every worker can: run what was delivered. */
export type Runner = {
  /**
   * Runs claimed jobs, renews their leases and settles each by itself. Resolves when all are settled and their
   * handlers have returned or been given up. Never rejects.
   */
  run(jobs: readonly ClaimedJob[]): Promise<Tally>;
  /**
   * Fires what schedules ask for, and prunes. Answers the ms until the next occurrence, undefined where there is
   * none. Rejects where the backend fails: the next tick makes up for it.
   */
  tick(): Promise<number | undefined>;
};

/** Where jobs can be claimed. */
export type Puller = {
  /**
   * Ticks, then claims and runs until nothing is due and nothing runs, or the budget is over: what still runs then
   * gets its signal and is given back. For alarms, cron ticks and tests. Default: no budget.
   */
  drain(options?: { readonly budget?: Duration }): Promise<Tally>;
  /** Claims and runs until `stop`. Starting twice is starting once. */
  start(): void;
  /**
   * Claims no more, gives back what waits, lets handlers finish for the grace period (default 10 s), then fires their
   * signals, and a second later gives back what is left, without costing an attempt.
   */
  stop(options?: { readonly grace?: Duration }): Promise<void>;
};

export type Worker<A extends Adapter = Adapter> = Runner & (A extends Pull ? Puller : unknown);

type Capable = Adapter & Partial<Pull & Renew & Wake & Notify & Schedules & Prune>;

const DEFAULT_SLOTS = 10;
const DEFAULT_POLL_MS = 5_000;
const DEFAULT_GRACE_MS = 10_000;
/** How long handlers may take to heed their signal before their jobs are given back. */
const ABORT_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;

/**
 * The consumer's side of an adapter. It holds only what it runs, so make one per request where bindings arrive with
 * the request. Fails with `duplicate_handler`, `timeout_too_long`, `invalid_name` or `invalid_option`.
 */
export function createWorker<A extends Adapter>(adapter: A, options: WorkerOptions<A>): Worker<A> {
  const { platform = systemPlatform, log = console } = options;
  const emit = emitter(options.onEvent, log);
  const bindings = bindingsByName(options.handlers, adapter);
  const queues = slotsByQueue(options);
  const slots = createSlots(adapter, { bindings, queues, otherSlots: DEFAULT_SLOTS, platform, log, emit });
  const schedules: readonly Schedule[] = options.schedules ?? [];
  // Each part looks for the interfaces it needs before it uses them.
  const capable: Capable = adapter;
  let pruneAt = 0;

  const tickNow = async (): Promise<number | undefined> => {
    if (hasPrune(capable) && platform.now() >= pruneAt) {
      pruneAt = platform.now() + PRUNE_EVERY_MS;
      await prune(capable, platform, emit);
    }
    if (schedules.length === 0 || !hasSchedules(capable)) return undefined;
    return tick(capable, schedules, platform, emit);
  };
  /** A loop must go on claiming where its ticks fail. */
  const tickSafely = async (): Promise<number | undefined> => {
    try {
      const nextMs = await tickNow();
      return Math.min(nextMs ?? Infinity, PRUNE_EVERY_MS);
    } catch (error) {
      log.error("a tick failed, and is tried again", { error });
      return DEFAULT_POLL_MS;
    }
  };
  const settled = (withinMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (!slots.unsettled()) return resolve();
      let stopTimer: (() => void) | undefined;
      const forget = slots.onChange(() => {
        if (!slots.unsettled()) done();
      });
      const done = (): void => {
        stopTimer?.();
        forget();
        resolve();
      };
      if (withinMs !== Infinity) stopTimer = platform.timer(withinMs, done);
    });
  /** Waits out the grace period, then takes back whatever has no outcome. */
  const windDown = async (graceMs: number): Promise<void> => {
    slots.releaseWaiting();
    await settled(graceMs);
    slots.abortRunning(new LongshoreError("shutdown", "The worker stops: finish or throw now."));
    await settled(ABORT_MS);
    slots.releaseRunning();
    await settled(adapter.traits.leaseMs);
  };
  const newLoop = (pull: Adapter & Pull, group: RunGroup) =>
    createLoop({
      adapter: pull,
      slots,
      group,
      platform,
      log,
      queues: [...queues.keys()],
      pollMs: options.poll === undefined ? DEFAULT_POLL_MS : toMs(options.poll, "poll"),
      tick: tickSafely,
    });

  const runner: Runner = {
    run(jobs) {
      const tally = newTally();
      if (jobs.length === 0) return Promise.resolve(tally);
      return new Promise((resolve) => {
        let left = jobs.length;
        const over = (): void => {
          if (--left === 0) resolve(tally);
        };
        slots.accept(jobs, platform.now(), { tally, over });
      });
    },
    tick: tickNow,
  };
  if (!hasClaim(capable)) return runner as Worker<A>; // the adapter's methods decide, in the type alike

  let running: { readonly loop: ReturnType<typeof createLoop>; readonly ended: Promise<void> } | undefined;
  let stopping: Promise<void> | undefined;
  const puller: Puller = {
    async drain({ budget } = {}) {
      const tally = newTally();
      const loop = newLoop(capable, { tally });
      const endBudget = budget === undefined ? undefined : platform.timer(toMs(budget, "budget"), loop.stop);
      await tickSafely();
      await loop.run(true);
      endBudget?.();
      await windDown(0);
      return tally;
    },
    start() {
      if (running !== undefined) return;
      const loop = newLoop(capable, { tally: newTally() });
      running = { loop, ended: loop.run(false) };
    },
    stop({ grace = DEFAULT_GRACE_MS } = {}) {
      if (running === undefined) return stopping ?? Promise.resolve();
      const { loop, ended } = running;
      running = undefined;
      loop.stop();
      stopping = windDown(toMs(grace, "grace"))
        .then(() => ended)
        .then(() => windDown(0));
      return stopping;
    },
  };
  return { ...runner, ...puller } as Worker<A>; // as above
}

function newTally(): Tally {
  return { claimed: 0, completed: 0, failed: 0, dead: 0, snoozed: 0, lost: 0 };
}

function hasClaim(adapter: Capable): adapter is Capable & Pull {
  return adapter.claim !== undefined;
}
function hasSchedules(adapter: Capable): adapter is Capable & Schedules {
  return adapter.declare !== undefined;
}
function hasPrune(adapter: Capable): adapter is Capable & Prune {
  return adapter.prune !== undefined;
}

function bindingsByName(handlers: readonly Binding[], { traits }: Adapter): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const binding of handlers) {
    const { name } = binding.definition;
    checkTimeout(binding.definition, traits);
    check(!bindings.has(name), "duplicate_handler", `The handlers of ${name}`, "one", "another");
    bindings.set(name, binding);
  }
  return bindings;
}

function slotsByQueue({ handlers, queues }: WorkerOptions): Map<string, number> {
  if (queues === undefined) {
    return new Map(handlers.map(({ definition }) => [definition.queue, DEFAULT_SLOTS]));
  }
  for (const [name, slots] of Object.entries(queues)) {
    checkName(name, "queue");
    checkInteger(slots, 1, 1_000, `The slots of ${name}`);
  }
  return new Map(Object.entries(queues));
}
