import type { RetryPolicy } from "../retry/backoff.ts";
import { type Headers, type Metadata, definitionHeaders } from "../values/headers.ts";
import { type Duration, toMs } from "../values/duration.ts";
import type { JobRef } from "../contract/job.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { fingerprint } from "./fingerprint.ts";
import { checkName } from "../values/limits.ts";
import {
  type LimitRules,
  type QueueDefinition,
  aQueue,
  checkConcurrency,
  checkLines,
  checkOrder,
  checkThrottle,
} from "./concurrency.ts";
import type { DefineOptions } from "./define-options.ts";
import type { Feature, LimitsOf, OrderUse, StoreFeature, UsesOf } from "./features.ts";
import { type OnDead, checkFollowers, checkOnDead } from "./on-dead.ts";
import { type UniqueOptions, checkUnique } from "./unique.ts";
import {
  type Check,
  type Checks,
  aFunction,
  anything,
  mustBe,
  checkOptions,
  duration,
  integer,
  oneOf,
  text,
} from "../values/options.ts";
import type { AnySchema, InputOf, OutputOf } from "../values/schema.ts";

type Declared<In, Out, Uses> = {
  readonly name: string;
  readonly input: In;
  readonly output: Out;
  readonly queue: string;
  /** Undefined: the default policy, which only workers bundle. */
  readonly retry: RetryPolicy | undefined;
  readonly timeoutMs: number;
  readonly keepMs: number;
  readonly startWithinMs: number | undefined;
  /** Undefined: 5, on any backend. */
  readonly priority: number | undefined;
  /** The headers of its jobs: `v`, the format, and `s`, the version of the schema that made the input. */
  readonly headers: () => Headers;
  /** Exists only as a type. */
  readonly uses?: readonly Uses[] | undefined;
  readonly id: ((input: never) => string) | undefined;
  readonly partition: ((input: never) => string) | undefined;
  readonly metadata: ((input: never) => Metadata) | undefined;
  readonly unique: UniqueOptions<(input: never) => unknown> | undefined;
  readonly limits: LimitRules;
  readonly onDead: OnDead<never, AnyDefinition> | undefined;
};

/** A definition with any input type; the schema checks it at run time. */
export type AnyDefinition<Uses extends string = Feature> = Declared<AnySchema, AnySchema | undefined, Uses>;

/**
 * A kind of job: its name, input schema and policy. It has no handler, so a producer's bundle carries none. Made by
 * `defineJob`.
 */
export type Definition<
  In extends AnySchema = AnySchema,
  Out extends AnySchema | undefined = AnySchema | undefined,
  Uses extends string = StoreFeature,
> = Declared<In, Out, Uses> & {
  /** A request for one such job: for batches, schedules and follow-up jobs. */
  with<
    Id extends string | undefined = undefined,
    Priority extends number | undefined = undefined,
    Key extends UniqueOptions<unknown> | undefined = undefined,
    Parents extends readonly Parent[] | undefined = undefined,
    Within extends Duration | undefined = undefined,
  >(
    input: InputOf<In>,
    options?: JobOptions & {
      readonly id?: Id;
      readonly priority?: Priority;
      readonly unique?: Key;
      readonly after?: Parents;
      readonly startWithin?: Within;
    },
  ): JobRequest<Uses | UsesOf<Id, Priority, Key, Parents, Within>>;
};

/**
 * A job that another one comes after: its id, what an enqueue or `get` answered, or a request of the same `enqueueMany`.
 * With the id alone, it is in the partition of that id.
 */
export type Parent = string | JobRef | JobRequest<string>;

const MOST_PARENTS = 10_000;
const someParents = mustBe(
  `a list of 1 to ${MOST_PARENTS} jobs`,
  (value) => Array.isArray(value) && value.length > 0 && value.length <= MOST_PARENTS,
);

/** The options of one enqueue. An `undefined` option counts as omitted. */
export type JobOptions = {
  /** The job's id; a second enqueue of it is a `duplicate`. 1 to 200 of letters, digits and `_ . : @ / + = ~ -`. */
  readonly id?: string | undefined;
  /** Jobs that must be unique, ordered or settled together share a partition. Default: the id. */
  readonly partition?: string | undefined;
  /** The time from now until it may start. Not together with `runAt`. */
  readonly delay?: Duration | undefined;
  /** When it may start, by the backend's clock: ms since the epoch or a Date, until the year 9999. One in seconds is refused. */
  readonly runAt?: number | Date | undefined;
  /** 0 to 9, lower first. */
  readonly priority?: number | undefined;
  /**
   * Business ids for logs and operators: at most 16, of at most 256 characters. Names that begin with a `$` belong to
   * the library and are skipped, so metadata of another job may be passed on.
   */
  readonly metadata?: Metadata | undefined;
  /** For this job alone: 1 to the attempts of its definition. */
  readonly attempts?: number | undefined;
  /** For this job alone: at most the timeout of its definition. */
  readonly timeout?: Duration | undefined;
  /** For this job alone: how long it is kept once it is completed or cancelled. Default: its definition's `keep`. */
  readonly keep?: Duration | undefined;
  /** Uniqueness apart from the id, instead of the definition's. */
  readonly unique?: UniqueOptions<unknown> | undefined;
  /**
   * The jobs that this one comes after, at most 10 000: it is `blocked` until all of them have ended. They must exist, or be
   * of the same `enqueueMany`.
   */
  readonly after?: readonly Parent[] | undefined;
  /**
   * If one of them is dead or cancelled, or removed before it ended: this job is dead, too, and waits again if that one is
   * replayed (`"dead"`, the default), or it runs anyway (`"run"`). Only together with `after`.
   */
  readonly onFailed?: "dead" | "run" | undefined;
  /** For this job alone, instead of its definition's `startWithin`. */
  readonly startWithin?: Duration | undefined;
};

/** A request for a job, such as `welcome.with({ userId: 42 })`. */
export type JobRequest<Uses extends string = StoreFeature> = {
  readonly definition: AnyDefinition<Uses>;
  readonly input: unknown;
  readonly options: JobOptions;
};

/** The result of a job's handler, as `get` returns it. */
export type ResultOf<D extends AnyDefinition> = D["output"] extends AnySchema ? OutputOf<D["output"]> : undefined;

/** The features that the job of `onDead` uses. */
type FollowerUses<Follower> = [Follower] extends [never]
  ? never
  : [Follower] extends [AnyDefinition<infer Uses>]
    ? Uses
    : never;

const isSchema = (value: unknown): boolean => typeof Object(Object(value)["~standard"]).validate === "function";
const aSchema = mustBe("a Standard Schema", isSchema);
const DEFINITION: Checks<
  DefineOptions<AnySchema, unknown, string, unknown, unknown, unknown, unknown, unknown, number, AnyDefinition, unknown>
> = {
  input: aSchema,
  output: aSchema,
  version: text("1 to 40 ASCII letters, digits or _.:+-", /^[\w.:+-]{1,40}$/),
  queue: aQueue,
  retry: mustBe(
    "made by exponential, linear, fixed or custom",
    (value) => typeof Object(value).delayMs === "function",
    "invalid_retry",
  ),
  timeout: duration(1),
  keep: duration(),
  priority: integer(0, 9),
  id: aFunction,
  partition: aFunction,
  metadata: aFunction,
  unique(value, what) {
    checkUnique(value, what);
    aFunction((value as UniqueOptions<unknown>).key, `key of ${what}`);
  },
  concurrency: checkConcurrency,
  order: checkOrder,
  throttle: checkThrottle,
  startWithin: duration(1),
  onDead: (value, what) => checkOnDead(value, what, aDefinition),
};

/** The values are checked where they are used, together with the definition's. */
const REQUEST: Checks<JobOptions> = {
  id: anything,
  partition: anything,
  delay: anything,
  runAt: anything,
  priority: anything,
  metadata: anything,
  attempts: anything,
  timeout: anything,
  keep: anything,
  unique: checkUnique,
  after: someParents,
  onFailed: oneOf("dead", "run"),
  startWithin: duration(1),
};

/** Checks the names of an enqueue's options. Fails with `invalid_option`. */
export function checkRequest(name: string, options: JobOptions): void {
  checkOptions(name, options, REQUEST, undefined, ELSEWHERE);
}

const isDefinition = (value: unknown): boolean => isSchema(Object(value).input);
export const aDefinition: Check = mustBe("made by defineJob", isDefinition);
/** For callers that the compiler cannot check; `queue.enqueue` alone takes a definition instead. */
export const aRequest: Check = mustBe("made by definition.with(input)", (value) => {
  const { definition, options } = Object(value) as Partial<JobRequest>; // a handler has a definition, too
  return isDefinition(definition) && !!options;
});

/**
 * Declares a kind of job. Producers and workers share it; `handle` binds the handler separately. Fails with
 * `invalid_name`, `invalid_duration`, `invalid_retry` or `invalid_option`.
 *
 * ```ts
 * const welcome = defineJob("send-welcome-email", {
 *   input: z.object({ userId: z.number() }),
 *   id: ({ userId }) => `send-welcome-email:user:${userId}`,
 * });
 * ```
 */
export function defineJob<
  In extends AnySchema,
  Out extends AnySchema | undefined = undefined,
  Id extends string = never,
  Priority extends number | undefined = undefined,
  Key = undefined,
  Place = undefined,
  Line extends string | QueueDefinition = string,
  Within extends Duration | undefined = undefined,
  Starts extends number | undefined = undefined,
  Follower extends AnyDefinition = never,
  Turn = undefined,
>(
  name: string,
  options: DefineOptions<In, Out, Id, Priority, Key, Place, Line, Within, Starts, Follower, Turn>,
): Definition<
  In,
  Out,
  UsesOf<Id, Priority, Key, undefined, Within> | LimitsOf<Place, Line, Starts> | FollowerUses<Follower> | OrderUse<Turn>
> {
  checkName(name, "job name");
  checkOptions(name, options ?? {}, DEFINITION, undefined, ELSEWHERE);
  aSchema(options?.input, `input of ${name}`);
  const { input, output, version, retry, priority, id, partition, metadata, unique, concurrency, throttle } = options;
  const { queue: line = "default", timeout = "1m", keep = "1d", startWithin, onDead, order } = options;
  let headers: Headers | undefined;
  const queue: string | QueueDefinition = line;
  const isName = typeof queue === "string";
  const limits: LimitRules = {
    queue: isName ? undefined : queue,
    concurrency,
    order,
    throttle: throttle as LimitRules["throttle"], // its limit is a number, as checked above
  };
  checkLines(name, limits);
  checkFollowers(name, onDead);
  const definition: ReturnType<
    typeof defineJob<In, Out, Id, Priority, Key, Place, Line, Within, Starts, Follower, Turn>
  > = {
    name,
    input,
    output: output as Out, // Out includes undefined exactly if the option is omitted
    queue: isName ? queue : queue.name,
    retry,
    timeoutMs: toMs(timeout, "timeout"),
    keepMs: toMs(keep, "keep"),
    startWithinMs: startWithin === undefined ? undefined : toMs(startWithin, "startWithin"),
    priority,
    // Made for the first job: a JSON Schema is slow to make.
    headers: () => (headers ??= definitionHeaders(version ?? fingerprint(input))),
    id,
    partition,
    metadata,
    unique,
    limits,
    onDead,
    with(value, jobOptions) {
      if (jobOptions !== undefined) checkRequest(name, jobOptions);
      return { definition, input: value, options: jobOptions ?? {} };
    },
  };
  return definition;
}
