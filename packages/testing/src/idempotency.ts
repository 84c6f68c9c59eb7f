import { type Handler, type JobState, type Logger, createQueue, createWorker } from "@longshore/core";
import { type Checks, aFunction, aLogger, anObject, checkOptions } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { createMover } from "./mover.ts";
import { mortalStore, mortalView, newLife } from "./mortal.ts";
import { observedHandler } from "./observed-handler.ts";
import { createTestClock } from "./test-clock.ts";
import { START } from "./virtual-time.ts";

/** Tells that something has happened in the world, in words: `"charged order 7"`. The same words are the same effect. */
export type Happened = (effect: string) => void;

export type IdempotencyOptions<World extends object> = {
  /**
   * Makes what the handler works with: stand-ins for a mail service, a bank, a database. They call `happened` where the real
   * one would have an effect, and not where it would recognise a repetition. It is made anew for each history.
   */
  readonly world: (happened: Happened) => World;
  readonly log?: Logger | undefined;
};

/** An effect that happened another number of times than it should. */
export type Deviation = {
  /** When the process ended: `"at the end"`, or the effect after which it did. */
  readonly crashed: string;
  readonly effect: string;
  readonly times: number;
  /** How often it happens if nothing goes wrong. */
  readonly expected: number;
};

export type IdempotencyReport = {
  /** Nothing happened more or less often than it should, and every history ended with a completed job. */
  readonly idempotent: boolean;
  /** What happens if nothing goes wrong, in order. */
  readonly effects: readonly string[];
  /** What happened more often, if the handler ran twice. */
  readonly repeated: readonly Deviation[];
  /** What happened less often: the second run took for done what was not. */
  readonly missing: readonly Deviation[];
  /** Histories in which the job was not completed. */
  readonly unfinished: readonly {
    readonly crashed: string;
    readonly state: JobState;
    readonly failure: string | undefined;
  }[];
  /** All of it as text, for the message of an assertion. */
  readonly summary: string;
};

const CHECKS: Checks<IdempotencyOptions<object>> = { world: aFunction, log: aLogger };
const AT_THE_END = "at the end";
const MOST_EFFECTS = 1_000;

/**
 * Finds out what a handler does twice if it runs twice, as every handler may. It runs in a world of stand-ins: once without
 * a fault; again, with an end of its process before the job is settled; and with an end right after each of its effects,
 * each time with the run that follows when the lease is over. The real core runs it, over a store in memory, so attempts,
 * ids and tokens are what they would be.
 *
 * `handler` binds the handler to a world. Fails with an error if the job is not completed without a fault, or if no stand-in
 * tells of an effect, and as `enqueue` does.
 *
 * ```ts
 * const report = await checkIdempotent(chargeIn, { order: 7 }, {
 *   world: (happened) => ({ charge: async (order: number) => happened(`charged ${order}`) }),
 * });
 * expect(report.repeated).toEqual([]);
 * ```
 */
export async function checkIdempotent<World extends object>(
  handler: (world: World) => Handler,
  input: unknown,
  options: IdempotencyOptions<World>,
): Promise<IdempotencyReport> {
  aFunction(handler, "handler of checkIdempotent, which is made for a world,");
  checkOptions("checkIdempotent", options, CHECKS as Checks<IdempotencyOptions<World>>);
  aFunction(options?.world, "world of checkIdempotent");
  const setting = { handler, input, ...options };
  const undisturbed = await history(setting);
  const { effects, state, failure } = undisturbed;
  if (state !== "completed") {
    throw new Error(`The handler has to complete its job if nothing goes wrong; the job was ${state}: ${failure}`);
  }
  if (effects.length > MOST_EFFECTS) {
    throw new Error(`The handler has ${counted(effects.length, "effect")}, and at most ${MOST_EFFECTS} can be tried.`);
  }
  const histories: History[] = [];
  for (const last of [...effects.keys(), Infinity]) histories.push(await history(setting, last + 1));
  const deviations = histories.flatMap((one) => deviationsOf(effects, one));
  const repeated = deviations.filter(({ times, expected }) => times > expected);
  const missing = deviations.filter(({ times, expected }) => times < expected);
  const unfinished = histories
    .filter((one) => one.state !== "completed")
    .map(({ crashed, state, failure }) => ({ crashed, state, failure }));
  if (unfinished.length === 0 && histories.every((one) => one.effects.length === 0)) {
    throw new Error(
      "No stand-in told of an effect, so nothing can be found that happens twice: call `happened` in what `world` returns.",
    );
  }
  const lines = [
    ...deviations.map(
      ({ effect, times, expected, crashed }) =>
        `${effect}: ${counted(times, "time")} instead of ${expected}, ${when(crashed)}`,
    ),
    ...unfinished.map(
      ({ crashed, state, failure = "no failure" }) => `the job is ${state} (${failure}), ${when(crashed)}`,
    ),
  ];
  const summary =
    lines.join("\n") || `${counted(effects.length, "effect")}, the same in each of ${histories.length} histories`;
  return { idempotent: lines.length === 0, effects, repeated, missing, unfinished, summary };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

type Setting<World extends object> = IdempotencyOptions<World> & {
  readonly handler: (world: World) => Handler;
  readonly input: unknown;
};
type History = {
  readonly crashed: string;
  readonly effects: readonly string[];
  readonly state: JobState;
  readonly failure: string | undefined;
};

/** Runs the job to its end. `crashAt`: the first process ends after so many effects, or before it settles the job. */
async function history<World extends object>(
  { handler, input, world: makeWorld, log = silent }: Setting<World>,
  crashAt?: number,
): Promise<History> {
  const clock = createTestClock(START);
  const { activity, platform } = clock;
  let now = clock.now;
  const store = memory({ clock: () => now() });
  const effects: string[] = [];
  const world = makeWorld((effect) => void effects.push(`${effect}`));
  anObject(world, "answer of world, the option of checkIdempotent,");
  const life = newLife();
  const isLast = (): boolean => crashAt !== undefined && effects.length >= crashAt;
  const bound = handler(mortalView(world, life, isLast));
  const { definition } = bound;
  const { id } = await createQueue(store, { platform }).enqueue(definition as never, input as never, { keep: "30d" });

  const dying = mortalStore(store, life);
  const settle = (...call: Parameters<typeof store.settle>): ReturnType<typeof store.settle> => {
    if (crashAt !== undefined) life.end();
    return dying.settle(...call);
  };
  const timer: typeof platform.timer = (ms, callback) => platform.timer(ms, () => void (life.over || callback()));
  const common = { log, logFailures: false };
  const first = createWorker(
    { ...dying, settle },
    { ...common, handlers: [observedHandler(bound, activity)], platform: { ...platform, timer } },
  );
  await Promise.race([clock.settle(first.drain(), Infinity, new Set()), life.ended]);
  const crashed = crashAt === undefined || crashAt > effects.length ? AT_THE_END : (effects[crashAt - 1] ?? AT_THE_END);

  if (crashAt !== undefined) {
    // What the dead process waits for will not come.
    const next = createTestClock(clock.now());
    now = next.now;
    const second = createWorker(store, {
      ...common,
      handlers: [observedHandler(handler(world), next.activity)],
      platform: next.platform,
    });
    const wanted = { queues: [definition.queue], schedules: [], failed: () => 0 };
    await createMover(next, store, second, wanted).advance(7 * 86_400_000);
  }
  const [row] = await store.get([{ id }]);
  return { crashed, effects, state: row?.state ?? "cancelled", failure: row?.failures.at(-1)?.message };
}

/** The effects whose number differs. */
function deviationsOf(undisturbed: readonly string[], { crashed, effects }: History): Deviation[] {
  const times = (list: readonly string[], effect: string): number => list.filter((one) => one === effect).length;
  return [...new Set([...undisturbed, ...effects])]
    .map((effect) => ({ crashed, effect, times: times(effects, effect), expected: times(undisturbed, effect) }))
    .filter((one) => one.times !== one.expected);
}

function when(crashed: string): string {
  return `if its process ends ${crashed === AT_THE_END ? "before the job is settled" : `after "${crashed}"`}`;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
