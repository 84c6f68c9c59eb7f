import type { RetryPolicy } from "../retry/backoff.ts";
import type { Duration } from "../values/duration.ts";
import type { Metadata } from "../values/headers.ts";
import type { AnySchema, OutputOf } from "../values/schema.ts";
import type { ConcurrencyOptions, OrderOptions, ThrottleOptions } from "./concurrency.ts";
import type { Following, OnDead } from "./on-dead.ts";
import type { UniqueOptions } from "./unique.ts";

/** The options of `defineJob`. */
export type DefineOptions<
  In extends AnySchema,
  Out,
  Id extends string,
  Priority,
  Key,
  Place,
  Line,
  Within,
  Starts,
  Follower extends Following,
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
  readonly order?: (OrderOptions<(input: OutputOf<In>) => Turn> & NotBeside<Place>) | undefined;
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

/** A compile error if there is a `concurrency`, too; a throttle beside it is refused at run time. */
type NotBeside<Place> = [Place] extends [undefined]
  ? unknown
  : "an order goes without `concurrency`: of its jobs with the same key, one runs at a time";

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
