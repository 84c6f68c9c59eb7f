import { timely } from "./backend.ts";
import { createBell } from "./bell.ts";
import type { Adapter, ClaimedJob, Pull, Schedules } from "./contract.ts";
import { type Duration, toMs } from "./duration.ts";
import { LongshoreError, refuse } from "./errors.ts";
import { type EventListener, emitter } from "./events.ts";
import { checkInteger, checkName } from "./limits.ts";
import { type Logger, logTo } from "./logger.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Schedule } from "./occurrence.ts";
import {
  type Checks,
  aFunction,
  aList,
  aLogger,
  anAdapter,
  anObject,
  anything,
  be,
  checkOptions,
  duration,
  having,
  listOf,
} from "./options.ts";
import { type Platform, systemPlatform } from "./platform.ts";
import { checkTimeout } from "./request.ts";
import type { Binding, RunGroup, Tally } from "./run.ts";
import { createSlots } from "./slots.ts";
import { prune, tick } from "./tick.ts";

type NoSchedules = "this adapter keeps no schedules: declare them where the jobs are kept, in a store";

export type WorkerOptions<A extends Adapter = Adapter> = {
  readonly handlers: readonly Binding[];
  /** Slots by queue: how many jobs of it run at a time. Default: 10 for each queue of the handlers' definitions. */
  readonly queues?: Readonly<Record<string, number>> | undefined;
  /** Only where the adapter can keep a schedule's cursor. */
  readonly schedules?: (A extends Schedules ? readonly Schedule[] : NoSchedules) | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  /** The longest sleep of the loop between two looks at the backend. Default: 5 s. */
  readonly poll?: Duration | undefined;
  /** For tests that own time and chance. */
  readonly platform?: Platform | undefined;
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
  /** The slots that it was given, if any: for a host in which each worker runs one batch, where they would limit nothing. */
  readonly queues: WorkerOptions["queues"];
};

/** Where jobs can be claimed. */
export type Puller = {
  /**
   * Ticks, then claims and runs until nothing is due and nothing runs, or the budget is over: what still runs then
   * gets its signal and is given back. For alarms, cron ticks and tests. Default: no budget.
   */
  drain(options?: { readonly budget?: Duration | undefined }): Promise<Tally>;
  /** Claims and runs until `stop`. Starting twice is starting once. */
  start(): void;
  /**
   * Claims no more, gives back what waits, lets handlers finish for the grace period (default 10 s), then fires their
   * signals, and a second later gives back what is left, without costing an attempt.
   */
  stop(options?: { readonly grace?: Duration | undefined }): Promise<void>;
};

export type Worker<A extends Adapter = Adapter> = Runner & (A extends Pull ? Puller : unknown);

const DEFAULT_SLOTS = 10;
/** How long a loop waits after a tick that failed. */
const TICK_AGAIN_MS = 5_000;
/** How long handlers may take to heed their signal before their jobs are given back. */
const ABORT_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;

const aBinding = be("made by handle", (value) => {
  const { definition, run } = Object(value) as Partial<Binding>;
  return typeof definition === "object" && typeof run === "function";
});

const CHECKS: Checks<WorkerOptions> = {
  handlers: anything, // looked at even where they are left out
  queues: anObject,
  schedules: listOf(be("made by schedule", (value) => typeof Object(value).fire === "function")),
  onEvent: aFunction,
  log: aLogger,
  poll: duration(),
  platform: having("now", "timer", "random", "id"),
};

/**
 * The consumer's side of an adapter. It holds only what it runs, so make one per request where bindings arrive with
 * the request. Fails with `duplicate_handler`, `timeout_too_long`, `invalid_name` or `invalid_option`.
 */
export function createWorker<A extends Adapter>(adapter: A, options: WorkerOptions<A>): Worker<A> {
  anAdapter(adapter, "adapter of createWorker");
  checkOptions("createWorker", options, CHECKS);
  listOf(aBinding)(options.handlers, "handlers of createWorker");
  const { handlers, log = console, platform = systemPlatform, poll = "5s" } = options;
  const schedules = (options.schedules ?? []) as readonly Schedule[]; // or words for the compiler alone
  // A loop that never sleeps would leave nobody else a turn, where the store is in this process.
  const pollMs = toMs(poll, "poll") || 1;
  const backend = timely(adapter, platform, log);
  const bell = createBell(platform);
  const station = { backend, platform, log, emit: emitter(options), bell };
  const queues = slotsByQueue(options);
  const slots = createSlots(station, bindingsByName(handlers, adapter), queues);
  let pruneAt = 0;

  const tickNow = async (): Promise<number | undefined> => {
    if (platform.now() >= pruneAt) {
      pruneAt = platform.now() + PRUNE_EVERY_MS;
      await prune(station);
    }
    return tick(station, schedules);
  };
  /** A loop must go on claiming where its ticks fail. */
  const tickSafely = async (): Promise<number> => {
    try {
      return Math.min((await tickNow()) ?? Infinity, PRUNE_EVERY_MS);
    } catch (error) {
      logTo(log, "error", "a tick failed", { error });
      return TICK_AGAIN_MS;
    }
  };
  const runner: Runner = {
    async run(jobs) {
      aList(jobs, "jobs to run");
      const group = newGroup();
      slots.accept(jobs, platform.now(), group);
      while (group.left > 0) await bell.wait(Infinity);
      return group.tally;
    },
    tick: tickNow,
    queues: options.queues,
  };
  if (backend.claim === undefined) return runner as Worker<A>; // the adapter's methods decide, in the type alike

  const newLoop = (group: RunGroup, untilIdle: boolean, endAt: number): Loop =>
    startLoop(station, { slots, group, untilIdle, endAt, pollMs, tick: tickSafely });
  const settled = async (withinMs: number, group?: RunGroup): Promise<void> => {
    const until = platform.now() + withinMs;
    while (slots.unsettled(group) && platform.now() < until) await bell.wait(until - platform.now());
  };
  /** Waits out the grace period, then takes back whatever has no outcome. */
  const windDown = async (graceMs: number, group?: RunGroup): Promise<void> => {
    slots.releaseWaiting(group);
    await settled(graceMs, group);
    slots.abort(new LongshoreError("shutdown", "The worker stops."), group);
    await settled(ABORT_MS, group);
    slots.release(group);
    await settled(adapter.traits.leaseMs, group);
  };

  let loop: Loop | undefined;
  let stopped: Promise<unknown> | undefined;
  const puller: Runner & Puller = {
    ...runner,
    async drain(options: { readonly budget?: Duration | undefined } = {}) {
      checkOptions("drain", options, { budget: duration() });
      const { budget } = options;
      const group = newGroup();
      const endAt = budget === undefined ? Infinity : platform.now() + toMs(budget, "budget");
      await newLoop(group, true, endAt).ended;
      await windDown(0, group);
      return group.tally;
    },
    start() {
      loop ??= newLoop(newGroup(), false, Infinity);
    },
    async stop(options: { readonly grace?: Duration | undefined } = {}) {
      checkOptions("stop", options, { grace: duration() });
      const { grace = "10s" } = options;
      const graceMs = toMs(grace, "grace");
      if (loop) {
        loop.stop();
        stopped = Promise.all([loop.ended, windDown(graceMs)]);
        loop = undefined;
      }
      await stopped;
    },
  };
  return puller as Worker<A>; // as above
}

function newGroup(): RunGroup {
  return { tally: { claimed: 0, completed: 0, failed: 0, dead: 0, snoozed: 0, lost: 0 }, left: 0 };
}

function bindingsByName(handlers: readonly Binding[], { traits }: Adapter): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const binding of handlers) {
    const { name } = binding.definition;
    checkTimeout(binding.definition, traits);
    if (bindings.has(name)) refuse("duplicate_handler", `handlers of ${name}`, "one", "another");
    bindings.set(name, binding);
  }
  return bindings;
}

function slotsByQueue({ handlers, queues }: WorkerOptions): Map<string, number> {
  const slots = queues
    ? Object.entries(queues)
    : handlers.map(({ definition }) => [definition.queue, DEFAULT_SLOTS] as const);
  for (const [name, count] of slots) {
    checkName(name, "queue name");
    checkInteger(count, 1, 1_000, `slots of ${name}`);
  }
  return new Map(slots);
}
