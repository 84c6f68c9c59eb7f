/// <reference lib="esnext.disposable" preserve="true" />
import { withCallTimeouts } from "./backend.ts";
import { createWakeup } from "./wakeup.ts";
import type { Adapter, ClaimedJob, Pull, Renew } from "../contract/contract.ts";
import type { Schedules } from "../contract/scheduling.ts";
import { type Duration, delayToMs, toMs } from "../values/duration.ts";
import { type ErrorCode, LongshoreError, refuse } from "../values/errors.ts";
import { type EventListener, emitter } from "../events/events.ts";
import type { Logger } from "../runtime/logger.ts";
import { type Loop, startLoop } from "./loop.ts";
import type { Schedule } from "../schedules/schedule.ts";
import {
  type Checks,
  aBoolean,
  aDelay,
  aFunction,
  aLogger,
  anAdapter,
  anObject,
  anything,
  mustBe,
  checkOptions,
  duration,
  withMethods,
  listOf,
} from "../values/options.ts";
import { type Platform, systemPlatform } from "../runtime/platform.ts";
import { ELSEWHERE } from "../jobs/elsewhere.ts";
import { checkTimeout } from "../jobs/request.ts";
import type { Handler } from "./handler.ts";
import type { RunGroup, Settler, Tally } from "./run.ts";
import { createRuns } from "./runs.ts";
import { refuseModuleScope } from "./module-scope.ts";
import { createTicking } from "./ticking.ts";
import { hostOf } from "./host.ts";
import { slotsByQueue, warnOfQueues } from "./queues.ts";

type NoSchedules = "this adapter keeps no schedules: declare them where the jobs are kept, in a store";
type NoAgeing =
  "this adapter's priorities do not age: leave `priorityAge` out, or use a store that has the trait ageing";

export type WorkerOptions<A extends Adapter = Adapter> = {
  readonly handlers: readonly Handler[];
  /**
   * Slots by queue: how many of its jobs run at a time. Default: 10 for each queue of the handlers' definitions, or the
   * `size` of a handler of many jobs if that is larger.
   */
  readonly queues?: Readonly<Record<string, number>> | undefined;
  /** Only for adapters that keep schedules. */
  readonly schedules?: (A extends Schedules ? readonly Schedule[] : NoSchedules) | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  /**
   * Logs each failed attempt (at `warn`) and each dead job (at `error`), with its id, name, queue and attempt, the
   * error and its stack, but never its input. Default: true.
   */
  readonly logFailures?: boolean | undefined;
  /** The longest time between two claims. Default: 5 s, or the adapter's limit if that is shorter. */
  readonly poll?: Duration | undefined;
  /**
   * A job counts as one level of priority higher for each such time that it has been due, so that none starves: with `"10m"`, a
   * job of priority 9 that has waited 90 minutes goes before new ones of priority 0. It decides among the jobs that may
   * start; behind the key of a limit the priority alone says who is next. At least 1 ms. Only for stores with the trait
   * `ageing`. Default: jobs of a lower number always go first.
   */
  readonly priorityAge?: (A["traits"]["ageing"] extends true ? Duration : NoAgeing) | undefined;
  /** For tests that control time and randomness. */
  readonly platform?: Platform | undefined;
};

/** The methods of every worker. */
export type Runner = {
  /**
   * Runs claimed jobs, renews their leases and settles each. Resolves when all are settled and their handlers have
   * returned or been abandoned. Fails only if the arguments are not what they should be (`invalid_option`).
   *
   * `settle`, and `renew` beside it: for a host that handed the jobs out itself, such as an object. It spares its adapter a
   * call, and knows of jobs that this adapter may not have. What it fails to do, the adapter does.
   */
  run(jobs: readonly ClaimedJob[], settle?: Adapter["settle"], renew?: Renew["renew"]): Promise<Tally>;
  /**
   * Fires due schedules, and prunes. Returns the ms until the next occurrence, undefined if there is none. Rejects if
   * the backend fails; the next tick catches up. With names, for a host that knows which schedules are due, it fires
   * only these and does not prune.
   */
  tick(only?: readonly string[]): Promise<number | undefined>;
  /**
   * The option `queues`, if given. A host that makes a worker per batch checks it, because slots would limit nothing
   * there.
   */
  readonly queues: WorkerOptions["queues"];
  /** The option `priorityAge`, if given. A host that claims in the worker's place checks it: it would have no effect there. */
  readonly priorityAge: Duration | undefined;
};

/** The methods of workers on adapters that have `claim`. */
export type Puller = {
  /**
   * Ticks, then claims and runs jobs until none is due or running, or until the budget is used up: then running
   * handlers get their signal, and their jobs are given back. For alarms, cron triggers and tests. Default: no budget.
   */
  drain(options?: { readonly budget?: Duration | undefined }): Promise<Tally>;
  /** Claims and runs jobs until `stop`. A second call has no effect. */
  start(): void;
  /**
   * Ends the loop and every drain. Claims no more, gives back waiting jobs, lets handlers finish for the grace period
   * (default 10 s), then aborts their signals, and a second later gives back the rest, which costs no attempt.
   */
  stop(options?: { readonly grace?: Duration | undefined }): Promise<void>;
  /** `stop()`, at the end of the block that has `await using worker = createWorker(…)`. */
  [Symbol.asyncDispose](): Promise<void>;
};

export type Worker<A extends Adapter = Adapter> = Runner & (A extends Pull ? Puller : unknown);

/** How long handlers may take to obey their signal before their jobs are given back. */
const ABORT_MS = 1_000;

const aHandler = mustBe("made by handle", (value) => {
  const { definition, run } = Object(value) as Partial<Handler>;
  return typeof definition === "object" && typeof run === "function";
});

const aClaimedJob = mustBe("a job that was claimed or delivered (a request is for enqueue)", (value) => {
  const { id, name, token } = Object(value) as Partial<ClaimedJob>;
  return typeof id === "string" && typeof name === "string" && typeof token === "number";
});

const CHECKS: Checks<WorkerOptions> = {
  handlers: anything, // checked below, because they are required
  queues: anObject,
  schedules: listOf(mustBe("made by schedule", (value) => typeof Object(value).plan === "function")),
  onEvent: aFunction,
  log: aLogger,
  logFailures: aBoolean,
  poll: duration(),
  priorityAge: duration(1),
  platform: withMethods("now", "monotonic", "turn", "timer", "random", "id"),
};

/**
 * Makes a worker, which runs an adapter's jobs. It holds only the jobs that it runs; if bindings arrive with a request,
 * make one per request. In a Cloudflare Worker it cannot be made while the module loads. Fails with
 * `duplicate_handler`, `invalid_schedule`, `timeout_too_long`, `invalid_name` or `invalid_option`.
 */
export function createWorker<A extends Adapter>(adapter: A, options: WorkerOptions<A>): Worker<A> {
  anAdapter(adapter, "adapter of createWorker");
  checkOptions("createWorker", options, CHECKS, undefined, ELSEWHERE);
  listOf(aHandler)(options.handlers, "handlers of createWorker");
  const { handlers, log = console, logFailures = true, platform = systemPlatform } = options;
  const { maxPollMs = Infinity } = adapter.traits;
  const { poll = Math.min(5_000, maxPollMs) } = options;
  const schedules = (options.schedules ?? []) as readonly Schedule[]; // NoSchedules exists only as a type
  const priorityAge = options.priorityAge as Duration | undefined; // NoAgeing, too
  if (platform.timer === systemPlatform.timer) refuseModuleScope();
  // Two schedules of one name would share their occurrences.
  refuseDuplicates(schedules, "invalid_schedule", "schedules named");
  // At least 1 ms: with a store in this process, a loop that never sleeps would block everything else.
  const pollMs = toMs(poll, "poll") || 1;
  if (pollMs > maxPollMs)
    refuse("invalid_option", "poll of createWorker", `at most ${maxPollMs} ms on this adapter`, poll);
  const backend = withCallTimeouts(adapter, platform, log);
  if (schedules.length > 0 && backend.declare === undefined) {
    refuse("invalid_option", "schedules of createWorker", "left out: this adapter keeps none, a store does", schedules);
  }
  if (priorityAge !== undefined && adapter.traits.ageing !== true) {
    refuse(
      "invalid_option",
      "priorityAge of createWorker",
      "left out: this adapter's priorities do not age",
      priorityAge,
    );
  }
  const progress = createWakeup(platform);
  const work = createWakeup(platform, progress);
  const services = { backend, platform, log, logFailures, emit: emitter(options), work, progress };
  const queues = slotsByQueue(options);
  warnOfQueues(options, log);
  const runs = createRuns(services, handlersByName(handlers, adapter), queues);
  const { tick, tickSafely, pruned } = createTicking(services, schedules);
  const runner: Runner = {
    async run(jobs, settle, renew) {
      listOf(aClaimedJob)(jobs, "jobs to run");
      const group = newGroup(false, hostOf(adapter, settle, renew, services));
      runs.accept(jobs, platform.monotonic(), group);
      while (group.left > 0) await progress.wait(Infinity);
      return group.tally;
    },
    tick,
    queues: options.queues,
    priorityAge,
  };
  if (backend.claim === undefined) return runner as Worker<A>; // the adapter's methods decide, also in the type

  const priorityAgeMs = priorityAge === undefined ? undefined : toMs(priorityAge);
  /** The loops that were not stopped. */
  const loops = new Set<Loop>();
  const newLoop = (group: RunGroup, untilIdle: boolean, endAt: number): Loop => {
    const loop = startLoop(services, { runs, group, untilIdle, endAt, pollMs, priorityAgeMs, tick: tickSafely });
    loops.add(loop);
    return loop;
  };
  const settled = async (withinMs: number, group?: RunGroup): Promise<void> => {
    const until = platform.monotonic() + withinMs;
    while (runs.unsettled(group) && platform.monotonic() < until) await progress.wait(until - platform.monotonic());
  };
  /** Waits for the grace period, then gives back the jobs without an outcome. */
  const windDown = async (graceMs: number, group?: RunGroup): Promise<void> => {
    runs.releaseWaiting(group);
    await settled(graceMs, group);
    runs.abort(new LongshoreError("shutdown", "The worker stops."), group);
    await settled(ABORT_MS, group);
    runs.release(group);
    await settled(adapter.traits.leaseMs, group);
  };

  let loop: Loop | undefined;
  let stopped: Promise<unknown> | undefined;
  const puller: Runner & Puller = {
    ...runner,
    async drain(options: { readonly budget?: Duration | undefined } = {}) {
      checkOptions("drain", options, { budget: aDelay });
      const { budget } = options;
      const group = newGroup(true);
      const endAt = budget === undefined ? Infinity : platform.monotonic() + delayToMs(budget, "budget");
      const drained = newLoop(group, true, endAt);
      await drained.ended;
      await pruned();
      // If the worker was stopped, `stop` also gives these handlers their grace period.
      await (loops.has(drained) ? windDown(0, group) : stopped);
      loops.delete(drained);
      return group.tally;
    },
    start() {
      loop ??= newLoop(newGroup(true), false, Infinity);
    },
    async stop(options: { readonly grace?: Duration | undefined } = {}) {
      checkOptions("stop", options, { grace: aDelay });
      const { grace = "10s" } = options;
      const graceMs = delayToMs(grace, "grace");
      if (loops.size > 0) {
        const ending = [...loops];
        loops.clear();
        loop = undefined;
        for (const each of ending) each.stop();
        // Nobody waits for a handler that ignores its signal: the timer of its slot would keep the process alive.
        const woundDown = windDown(graceMs).then(() => runs.abandon());
        stopped = Promise.all([stopped, woundDown, pruned(), ...ending.map(({ ended }) => ended)]);
      }
      await stopped;
    },
    [Symbol.asyncDispose]: () => puller.stop(),
  };
  return puller as Worker<A>; // as above
}

function newGroup(isClaimed: boolean, settler?: Settler): RunGroup {
  return { isClaimed, settler, tally: { claimed: 0, completed: 0, failed: 0, dead: 0, snoozed: 0, lost: 0 }, left: 0 };
}

function handlersByName(handlers: readonly Handler[], { traits }: Adapter): Map<string, Handler> {
  const definitions = handlers.map(({ definition }) => definition);
  for (const definition of definitions) checkTimeout(definition, traits);
  refuseDuplicates(definitions, "duplicate_handler", "handlers of");
  return new Map(handlers.map((handler) => [handler.definition.name, handler]));
}

function refuseDuplicates(named: readonly { readonly name: string }[], code: ErrorCode, what: string): void {
  const names = new Set<string>();
  for (const { name } of named) {
    if (names.has(name)) throw new LongshoreError(code, `There are two ${what} ${name}: keep one.`);
    names.add(name);
  }
}
