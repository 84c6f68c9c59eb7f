import {
  type Duration,
  type EventListener,
  type Handler,
  type InputOf,
  type JobState,
  type Logger,
  type Platform,
  type Queue,
  type Schedule,
  type Tally,
  type WorkerOptions,
  createQueue,
  createWorker,
} from "@longshore/core";
import {
  type Checks,
  type Store,
  aBoolean,
  aFunction,
  aLogger,
  anObject,
  anything,
  checkOptions,
  integer,
  listOf,
  logTo,
  mustBe,
  oneOf,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { type Memory, memory } from "@longshore/memory";
import { type AnyJob, type JobOf, type MatchOf, assertEnqueued, refuteEnqueued } from "./enqueued.ts";
import type { MatchOptions } from "./match.ts";
import { type FaultOptions, type Faults, withFaults } from "./faults/with-faults.ts";
import { createMover } from "./mover.ts";
import { observedHandler } from "./observed-handler.ts";
import { observeStore } from "./observed-store.ts";
import { type PerformOptions, type Performed, performJob } from "./perform-job.ts";
import { createTestClock } from "./test-clock.ts";
import { START } from "./virtual-time.ts";
import { anInstant } from "./instant.ts";
import { type WaitOptions, waitFor } from "./wait-for.ts";

export type TestQueueOptions<S extends Store = Memory> = {
  /** What runs the jobs. Jobs without a handler stay where they are. */
  readonly handlers?: readonly Handler[] | undefined;
  /** Fired by `drain` and `advance`, each occurrence at its time. */
  readonly schedules?: readonly Schedule[] | undefined;
  /** Slots by queue, as in `createWorker`. */
  readonly queues?: WorkerOptions["queues"];
  /**
   * `"manual"`: jobs wait until the test calls `drain` or `advance`. `"inline"`: an enqueue runs what is due before it
   * resolves, also when code under test calls it. Default: `"manual"`.
   */
  readonly mode?: "manual" | "inline" | undefined;
  /** What the clock shows at first: ms since the epoch or a Date. Default: noon of Monday, 5 January 2026, in UTC. */
  readonly startAt?: number | Date | undefined;
  /** Makes the store over the test's clock: `(clock) => sqlite(":memory:", { clock })`. Default: `memory`. */
  readonly store?: ((clock: () => number) => S) | undefined;
  /**
   * Puts the worker behind an unreliable line to the store, as `withFaults` does; calls of the test and of code under test
   * go through. `slow` is up to two leases.
   */
  readonly faults?: Pick<FaultOptions, "seed" | "rates" | "only"> | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  /** As in `createWorker`: failed attempts are logged. A test that expects failures may want silence. Default: true. */
  readonly logFailures?: boolean | undefined;
};

const aStore = withMethods("enqueue", "settle", "claim", "dueInMs", "list");
const CHECKS: Checks<TestQueueOptions> = {
  handlers: listOf(mustBe("made by handle", (value) => typeof Object(Object(value).definition).name === "string")),
  schedules: anything, // checked by createWorker, and so are the names of queues
  queues: anObject,
  mode: oneOf("manual", "inline"),
  startAt: anInstant,
  store: aFunction,
  faults(value, what) {
    anObject(value, what);
    integer(0)((value as Partial<FaultOptions>).seed, `seed of ${what}`); // withFaults checks the others
  },
  onEvent: aFunction,
  log: aLogger,
  logFailures: aBoolean,
};

const STANDS_STILL =
  "The clock of the test has stood still for 3 s, because these jobs run. If one never ends, start it by a drain() that is not awaited, wait until it is active, and advance() then.";

/** What a test does with its queue, beside what every queue can. */
export type TestControls<S extends Store = Memory> = {
  /** The store, for code under test that makes a queue or a worker by itself. Pass `platform` to those, too. */
  readonly adapter: S;
  /** The test's time and chance, for `createQueue` and `createWorker`. */
  readonly platform: Platform;
  /** What has gone wrong between worker and store, and the end of it. Without the option `faults`: nothing. */
  readonly faults: Faults;
  /** What the test's clock shows, in ms since the epoch. */
  now(): number;
  /**
   * Runs what is due, fires the schedules, and resolves when nothing is left to run now, with the number of jobs by
   * outcome. What waits for its delay or its retry stays: see `advance`. The clock moves only if the store fails and the
   * worker pauses before it tries again.
   */
  drain(): Promise<Tally>;
  /**
   * Moves the clock, and lets everything happen on the way, each at its time: delayed jobs, retries, occurrences of
   * schedules, ends of leases. Resolves with the number of attempts by outcome. While a job that it has started runs, the
   * clock stands still. It moves on over a job that was running before: so a test reaches a timeout.
   *
   * ```ts
   * const { completed } = await queue.advance("3d");
   * ```
   */
  advance(duration: Duration): Promise<Tally>;
  /**
   * Returns the first job of this definition that matches, in any state, as long as the store keeps it. Fails with an
   * `AssertionError` that lists what is there instead.
   *
   * ```ts
   * await queue.assertEnqueued(reminder, { userId: 42 }, { delay: "3d" });
   * ```
   */
  assertEnqueued<D extends AnyJob>(definition: D, match?: MatchOf<D>, options?: MatchOptions): Promise<JobOf<D>>;
  /** Fails with an `AssertionError` if a job of this definition matches, in any state. */
  refuteEnqueued<D extends AnyJob>(definition: D, match?: MatchOf<D>, options?: MatchOptions): Promise<void>;
  /**
   * Runs the handler of this definition once, apart from all other jobs, and returns how that ended; the job is kept
   * nowhere. Input and options are checked as an enqueue does, the result as a worker does, and the handler gets a real
   * context. Jobs that it adds with `context.enqueue` are in this queue, if it completes. Fails as `enqueue` does, and
   * with `invalid_option` if there is no handler.
   *
   * ```ts
   * const { outcome, error } = await queue.performJob(charge, { order: 7 }, { attempt: 5 });
   * ```
   */
  performJob<D extends AnyJob>(
    definition: D,
    input: InputOf<D["input"]>,
    options?: PerformOptions,
  ): Promise<Performed<D>>;
  /**
   * Resolves with the id of a job that matches once it is in the state, or at once if it has been: no matter how quickly it
   * went on. For what happens without the test's doing, such as an enqueue after a response. Default of `state`:
   * `"enqueued"`. Fails with an `AssertionError` after `timeout` (default: 4 s of real time).
   */
  waitFor<D extends AnyJob>(
    definition: D,
    match?: MatchOf<D>,
    state?: JobState,
    options?: WaitOptions,
  ): Promise<string>;
};

/** A queue of a store on the test's clock, a worker that runs its jobs, and what a test asks and does. */
export type TestQueue<S extends Store = Memory> = Queue<S> & TestControls<S>;

/**
 * Makes a queue for one test: the real core over a real store, on a clock that only the test moves. Code under test uses it
 * like any other queue. Nothing runs by itself, and nothing has to be closed. Fails with `invalid_option`, and as
 * `createWorker` does.
 *
 * ```ts
 * const queue = testQueue({ handlers: [handle(welcome, sendWelcome)] });
 * await signUp(queue, "user@example.com");
 * await queue.assertEnqueued(welcome, { email: "user@example.com" });
 * await queue.drain();
 * ```
 */
export function testQueue<S extends Store = Memory>(options: TestQueueOptions<S> = {}): TestQueue<S> {
  checkOptions("testQueue", options, CHECKS as Checks<TestQueueOptions<S>>);
  const { handlers = [], schedules = [], mode = "manual", startAt = START, onEvent, log, logFailures } = options;
  const clock = createTestClock(Number(startAt), (owners) => {
    const names = owners.flatMap((owner) => (owner as Partial<Handler>).definition?.name ?? []);
    if (names.length > 0) logTo(log ?? console, "warn", STANDS_STILL, { jobs: names });
  });
  const { activity, platform } = clock;
  const { store: makeStore = (clock) => memory({ clock }) as unknown as S } = options; // the default of S
  const own = makeStore(clock.now);
  aStore(own, "store of testQueue");
  const inline = async (): Promise<unknown> => (mode === "inline" ? mover.drain() : undefined);
  const { store, journal, failed } = observeStore(own, activity, inline);
  const observed = handlers.map((handler) => observedHandler(handler, activity));
  const common = { onEvent, log, platform };
  const slow = 2 * own.traits.leaseMs;
  const faulty = withFaults(store as Store, { ...(options.faults ?? { seed: 0, only: {} }), slow, platform });
  const worker = createWorker(faulty, {
    ...common,
    handlers: observed,
    queues: options.queues,
    schedules,
    logFailures,
  });
  const mover = createMover(clock, own, worker, {
    queues: Object.keys(options.queues ?? Object.fromEntries(handlers.map(({ definition }) => [definition.queue, 0]))),
    schedules: schedules.map(({ name, rule }) => ({ name, rule: rule.text })),
    failed: () => failed() + Object.keys(faulty.faults.injected).length,
  });
  const queue = createQueue(store as Store, common);
  /** What the test looks at is no work of the store's. */
  const looking = createQueue(own as Store, common);

  const controls: TestControls<S> = {
    adapter: store,
    platform,
    faults: faulty.faults,
    now: clock.now,
    drain: mover.drain,
    advance: async (duration) => mover.advance(toMs(duration, "duration of advance")),
    assertEnqueued: (definition, match, matchOptions) => assertEnqueued(looking, definition, match, matchOptions),
    refuteEnqueued: (definition, match, matchOptions) => refuteEnqueued(looking, definition, match, matchOptions),
    performJob: (definition, input, performOptions) =>
      performJob({ clock, handlers: observed, store, log, logFailures }, definition, input, performOptions),
    waitFor: (definition, match, state, waitOptions) =>
      waitFor({ queue: looking, journal }, definition, match, state, waitOptions),
  };
  return { ...queue, ...controls } as TestQueue<S>; // the methods that the store's interfaces give
}
