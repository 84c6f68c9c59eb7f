import type { RetryPolicy } from "../retry/backoff.ts";
import { type Headers, type Metadata, definitionHeaders } from "../values/headers.ts";
import { type Duration, toMs } from "../values/duration.ts";
import type { JobRef } from "../contract/job.ts";
import { fingerprint } from "./fingerprint.ts";
import { checkName } from "../values/limits.ts";
import {
  type ConcurrencyOptions,
  type LimitRules,
  type OrderOptions,
  type QueueDefinition,
  type ThrottleOptions,
  aQueue,
  checkConcurrency,
  checkLines,
  checkOrder,
  checkThrottle,
} from "./concurrency.ts";
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

/** A feature that a definition or a request uses, and that not every adapter has. */
export type Feature = StoreFeature | "unique" | "limits" | "after" | "startWithin" | "throttle" | "maxDepth" | "order";
/** What every store has. */
type StoreFeature = "id" | "priority";

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
  /** When it may start, by the backend's clock: ms since the epoch or a Date. */
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
   * replayed (`"dead"`, the default), or it runs anyway (`"run"`).
   */
  readonly onFailed?: "dead" | "run" | undefined;
  /** For this job alone, instead of its definition's `startWithin`. */
  readonly startWithin?: Duration | undefined;
};

/** The features that an id, a priority, a unique key, parents or a time to begin use. */
type UsesOf<Id, Priority, Key, Parents = undefined, Within = undefined> =
  | ([Id] extends [undefined] ? never : "id")
  | ([Priority] extends [undefined] ? never : "priority")
  // An option that may be undefined came with others, and is checked at run time.
  | (undefined extends Key ? never : [Key] extends [never] ? never : "unique")
  | (undefined extends Parents ? never : [Parents] extends [never] ? never : "after")
  | (undefined extends Within ? never : [Within] extends [never] ? never : "startWithin");

/** A request for a job, such as `welcome.with({ userId: 42 })`. */
export type JobRequest<Uses extends string = StoreFeature> = {
  readonly definition: AnyDefinition<Uses>;
  readonly input: unknown;
  readonly options: JobOptions;
};

/** The result of a job's handler, as `get` returns it. */
export type ResultOf<D extends AnyDefinition> = D["output"] extends AnySchema ? OutputOf<D["output"]> : undefined;

/** The features that a key of a limit, a throttle or a queue with limits use. */
type LimitsOf<Place, Line, Starts> =
  | (undefined extends Place ? never : [Place] extends [never] ? never : "limits")
  | (undefined extends Starts ? never : [Starts] extends [never] ? never : "throttle")
  | ([Line] extends [string] ? never : [Line] extends [QueueDefinition<infer Uses>] ? Uses : never);

/** The feature that an order uses. */
type OrderUse<Turn> = undefined extends Turn ? never : [Turn] extends [never] ? never : "order";

/** The features that the job of `onDead` uses. */
type FollowerUses<Follower> = [Follower] extends [never]
  ? never
  : [Follower] extends [AnyDefinition<infer Uses>]
    ? Uses
    : never;

type DefineOptions<
  In extends AnySchema,
  Out,
  Id extends string,
  Priority,
  Key,
  Place,
  Line,
  Within,
  Starts,
  Follower extends AnyDefinition,
  Turn,
> = {
  /**
   * Any Standard Schema. It runs once, at the enqueue. Its output must be JSON: it is stored, and passed to the handler
   * and to the functions below.
   */
  readonly input: In & Flaw<OutputOf<In>>;
  /** The schema of the handler's result. Without one, results are not stored. */
  readonly output?: (Out & Flaw<Kept<Out>>) | undefined;
  /**
   * The schema's version; change it with the schema. A worker with another version validates the stored input again,
   * and gives the job back if its schema refuses it. 1 to 40 of letters, digits and `_ . : + -`. Default: a hash of the
   * schema's JSON Schema, if it has one.
   */
  readonly version?: string | undefined;
  /** A name, or a queue with limits, made by `defineQueue`. Default: `"default"`. */
  readonly queue?: Line | undefined;
  /** Default: five attempts at once, after 30 s, 2 min, 8 min and 30 min, with up to 20 % added. */
  readonly retry?: RetryPolicy | undefined;
  /** Default: one minute. Every job has a timeout. */
  readonly timeout?: Duration | undefined;
  /**
   * How long a completed or cancelled job is kept. Default: `"1d"`; 0 deletes it at once. A job that is cancelled while
   * it runs is kept at least until its lease would have ended, so that its worker learns of it; `remove` frees its id.
   */
  readonly keep?: Duration | undefined;
  /** 0 to 9, lower first. Default: 5. */
  readonly priority?: Priority;
  /** Derives the job's id from its input, so that two enqueues make one job. */
  readonly id?: ((input: OutputOf<In>) => Id) | undefined;
  readonly partition?: ((input: OutputOf<In>) => string) | undefined;
  /** Business ids for logs and operators, derived from the input. */
  readonly metadata?: ((input: OutputOf<In>) => Metadata) | undefined;
  /** Uniqueness apart from the id, by a key that is derived from the input. */
  readonly unique?: UniqueOptions<(input: OutputOf<In>) => Key> | undefined;
  /**
   * How many jobs with the same key run at a time, over all workers: `{ key: ({ tenant }) => tenant, limit: 2 }`. Keys are
   * served in turn, whatever waits behind each.
   */
  readonly concurrency?: ConcurrencyOptions<(input: OutputOf<In>) => Place> | undefined;
  /**
   * Jobs with the same key run one after the other, over all workers, in the order in which they could begin: while one waits
   * for its retry, no other runs. One that is dead or cancelled holds up none. Not beside `concurrency` or a throttle.
   */
  readonly order?: OrderOptions<(input: OutputOf<In>) => Turn> | undefined;
  /**
   * How often jobs start, with the same key or of the whole definition: `{ limit: 100, per: "1m" }`. Beside `concurrency`, it
   * has the key of that. One that is over it waits, and it costs no attempt.
   */
  readonly throttle?:
    | (ThrottleOptions<Starts> & {
        /** JSON of at most 400 characters. Default: all jobs of the definition share the throttle. */
        readonly key?: ((input: OutputOf<In>) => unknown) | undefined;
      })
    | undefined;
  /**
   * How late the first attempt may begin, from when the job could: from its enqueue, the end of its delay or that of its
   * last parent. A job that has not begun by then is worth nothing any more: it ends as `cancelled` when a worker would
   * begin it, with an `expired` event.
   */
  readonly startWithin?: Within | undefined;
  /**
   * The job that follows one of these that is dead, such as a refund or a message: it is enqueued in the operation that
   * buries it, if a worker does. One that is dead with its parent has none.
   */
  readonly onDead?: OnDead<OutputOf<In>, Follower> | undefined;
};

/**
 * A compile error if JSON would change the schema's output. It compares the length of a list with 0: in a generic
 * function, where the type is not known yet, the compiler sees `number`, which is not 0, and accepts it.
 */
type Flaw<T> = [...Unchanged<T>]["length"] extends 0
  ? "what the schema makes must be JSON: no Date, bigint, Map, Set, symbol, function, nor undefined in a list"
  : unknown;

/** The part of a result that is stored. */
type Kept<Out> = Out extends AnySchema ? Exclude<OutputOf<Out>, undefined | void> : undefined;

/** `unknown` and `any` are accepted, and checked at run time. */
type Unchanged<T> = unknown extends T ? [T] : [T] extends [AsJson<T>] ? [T] : [];
/**
 * A type after a round trip through JSON. A mapped type, because the compiler evaluates it lazily and types may be
 * recursive.
 */
type AsJson<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null // first: a branded string is also an object
    ? T
    : T extends NotJson
      ? never
      : T extends readonly unknown[]
        ? readonly AsJson<T[number]>[]
        : T extends object
          ? { [K in keyof T as Exclude<K, symbol>]: AsJson<Exclude<T[K], undefined>> | Extract<T[K], undefined> }
          : never;
type NotJson = Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ((...args: never) => unknown);

const isSchema = (value: unknown): boolean => typeof Object(Object(value)["~standard"]).validate === "function";
const aSchema = mustBe("a Standard Schema", isSchema);
const DEFINITION: Checks<
  DefineOptions<AnySchema, unknown, string, unknown, unknown, unknown, unknown, unknown, number, AnyDefinition, unknown>
> = {
  input: aSchema,
  output: aSchema,
  version: text(/^[\w.:+-]{1,40}$/),
  queue: aQueue,
  retry: mustBe("a retry policy", (value) => "delayMs" in Object(value), "invalid_retry"),
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
  checkOptions(name, options, REQUEST);
}

export const aDefinition: Check = mustBe("made by defineJob", (value) => isSchema(Object(value).input));

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
  checkOptions(name, options ?? {}, DEFINITION);
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
