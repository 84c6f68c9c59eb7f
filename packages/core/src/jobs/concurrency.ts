import type { Limits, Rate } from "../contract/enqueue.ts";
import { type Duration, toMs } from "../values/duration.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { refuse } from "../values/errors.ts";
import { checkName } from "../values/limits.ts";
import { type Check, type Checks, aFunction, anObject, checkOptions, duration, integer } from "../values/options.ts";
import { keyText, scopedKey } from "./key-text.ts";

/** How many jobs with the same key run at a time, over all workers of the store. */
export type ConcurrencyOptions<Key> = {
  /** Which jobs of the definition share a limit: JSON of at most 400 characters. The order of keys does not matter. */
  readonly key: Key;
  /** At least 1. Default: no limit, keys are only served in turn. */
  readonly limit?: number | undefined;
};

/** Which jobs run one after the other, in the order in which they could begin. */
export type OrderOptions<Key> = {
  /** JSON of at most 400 characters. The order of keys does not matter. */
  readonly key: Key;
};

/** How often jobs start, over all workers of the store, by its clock. */
export type ThrottleOptions<Count = number> = {
  /** How many jobs start within `per`: one each `per / limit`, so that no `per` has more. At least 1. */
  readonly limit: Count;
  readonly per: Duration;
  /** How many may start at once after a pause; a `per` then has at most `limit + burst - 1`. Default: 1. */
  readonly burst?: number | undefined;
};

/** A queue with limits, for definitions; made by `defineQueue`. */
export type QueueDefinition<Uses extends string = string> = {
  readonly name: string;
  /** How many of its jobs run at a time, over all workers of the store. */
  readonly concurrency?: number | undefined;
  /** How often its jobs start. */
  readonly throttle?: ThrottleOptions | undefined;
  /** How many of its jobs may wait and run, in all, before an enqueue is refused. */
  readonly maxDepth?: number | undefined;
  /** Exists only as a type. */
  readonly uses?: readonly Uses[] | undefined;
};

type QueueLimits = Omit<QueueDefinition, "name" | "uses">;

const CHECKS: Checks<ConcurrencyOptions<unknown>> = { key: aFunction, limit: integer(1) };
const THROTTLE: Checks<ThrottleOptions> = { limit: integer(1), per: duration(1), burst: integer(1) };

export const checkConcurrency: Check = (value, what) => {
  // As many a library has it.
  if (typeof value === "number") refuse("invalid_option", what, "{ key, limit }, or an option of defineQueue", value);
  anObject(value, what);
  checkOptions(what, value as object, CHECKS); // it is one
  aFunction((value as Partial<ConcurrencyOptions<unknown>>).key, `key of ${what}`);
};

export const checkOrder: Check = (value, what) => {
  anObject(value, what);
  checkOptions(what, value as object, { key: aFunction }); // it is one
  aFunction((value as Partial<OrderOptions<unknown>>).key, `key of ${what}`);
};

const throttleWith =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, what) => {
    anObject(value, what);
    checkOptions(what, value as object, checks); // it is one
    const { limit, per } = value as Partial<ThrottleOptions>;
    THROTTLE.limit(limit, `limit of ${what}`);
    THROTTLE.per(per, `per of ${what}`);
  };
export const checkThrottle: Check = throttleWith({ ...THROTTLE, key: aFunction });

const QUEUE: Checks<QueueLimits> = { concurrency: integer(1), throttle: throttleWith(THROTTLE), maxDepth: integer(1) };

/** Accepts a queue's name, or what `defineQueue` made. */
export const aQueue: Check = (value, what) => {
  if (typeof value !== "object" || value === null) return checkName(value, what);
  const { name, ...options } = value as Partial<QueueDefinition>; // an object
  checkName(name, `name of ${what}`);
  checkOptions(what, options, QUEUE);
};

/**
 * A queue of which at most `concurrency` jobs run at a time, or so many start in a time as its `throttle` says, over all
 * workers. `maxDepth`: an enqueue is refused (`queue_full`) while so many of its jobs have not ended. Its definitions name it:
 * `queue: payments`. Where several objects keep the jobs, each has its own count. Fails with `invalid_name`,
 * `invalid_option` or `invalid_duration`.
 *
 * ```ts
 * const payments = defineQueue("payments", { concurrency: 5, throttle: { limit: 100, per: "1m" } });
 * ```
 */
export function defineQueue<Places extends number = never, Starts extends number = never, Most extends number = never>(
  name: string,
  options: { readonly concurrency?: Places; readonly throttle?: ThrottleOptions<Starts>; readonly maxDepth?: Most },
): QueueDefinition<LimitUse<Places, "limits"> | LimitUse<Starts, "throttle"> | LimitUse<Most, "maxDepth">> {
  checkName(name, "queue name");
  checkOptions(`queue ${name}`, options ?? {}, QUEUE, undefined, ELSEWHERE);
  const { concurrency, throttle, maxDepth } = options ?? {};
  if (concurrency === undefined && throttle === undefined && maxDepth === undefined)
    refuse("invalid_option", `options of queue ${name}`, "concurrency, throttle or maxDepth, or several", "none");
  return {
    name,
    ...(concurrency !== undefined && { concurrency }),
    ...(throttle && { throttle }),
    ...(maxDepth !== undefined && { maxDepth }),
  };
}

type LimitUse<Count, Use> = [Count] extends [never] ? never : Use;

/** What a definition says of limits. */
export type LimitRules = {
  readonly queue: QueueLimits | undefined;
  readonly concurrency: ConcurrencyOptions<(input: never) => unknown> | undefined;
  readonly order: OrderOptions<(input: never) => unknown> | undefined;
  readonly throttle: (ThrottleOptions & { readonly key?: ((input: never) => unknown) | undefined }) | undefined;
};

/** A job waits in one line, so that only one of these can have its own. Fails with `invalid_option`. */
export function checkLines(name: string, { queue, concurrency, throttle, order }: LimitRules): void {
  if (order !== undefined && (concurrency !== undefined || throttle !== undefined || queue?.throttle !== undefined))
    refuse(
      "invalid_option",
      `order of ${name}`,
      "without concurrency and without a throttle, also of its queue",
      "both",
    );
  if (throttle?.key !== undefined && concurrency !== undefined)
    refuse("invalid_option", `throttle of ${name}`, "without a key: it has that of its concurrency", "a key");
  if (queue?.throttle !== undefined && (concurrency !== undefined || throttle !== undefined))
    refuse("invalid_option", `queue of ${name}`, "one without a throttle, beside its own limits", "a throttled queue");
}

/** The contract's form of a job's limits; undefined if it has none. Fails with `invalid_option`. */
export function limitsOf(
  definition: { readonly name: string; readonly queue: string; readonly limits: LimitRules },
  input: never,
): Limits | undefined {
  const { name, limits } = definition;
  const { concurrency, throttle, order } = limits;
  const places = limits.queue?.concurrency;
  const rate = rateOf(throttle ?? limits.queue?.throttle);
  const lines = order ?? concurrency ?? throttle;
  if (places === undefined && lines === undefined && rate === undefined) return undefined;
  const key =
    lines?.key === undefined
      ? rate && scopedKey(definition, throttle ? "name" : "queue", "")
      : scopedKey(definition, "name", keyText(lines.key(input), `key of the limits of ${name}`));
  return {
    ...(places !== undefined && { queue: places }),
    ...(key !== undefined && { key }),
    ...(concurrency?.limit !== undefined && { running: concurrency.limit }),
    ...(order && { running: 1, ordered: true as const }),
    ...(rate && { rate }),
  };
}

function rateOf(throttle: ThrottleOptions | undefined): Rate | undefined {
  if (throttle === undefined) return undefined;
  const { limit, per, burst = 1 } = throttle;
  return { everyMs: toMs(per, "per") / limit, burst };
}
