import type { RetryPolicy } from "../retry/backoff.ts";
import { type Headers, type Metadata, stamp } from "../values/codec.ts";
import { type Duration, toMs } from "../values/duration.ts";
import { fingerprint } from "./fingerprint.ts";
import { checkName } from "../values/limits.ts";
import {
  type Check,
  type Checks,
  aFunction,
  anything,
  be,
  checkOptions,
  duration,
  integer,
  text,
} from "../values/options.ts";
import type { AnySchema, InputOf, OutputOf } from "../values/schema.ts";

/** What a definition or a request asks of its adapter beyond the plain: not every backend has it. */
export type Feature = "id" | "priority";

type Declared<In, Out, Uses> = {
  readonly name: string;
  readonly input: In;
  readonly output: Out;
  readonly queue: string;
  /** Undefined: the default, which only workers need to know. */
  readonly retry: RetryPolicy | undefined;
  readonly timeoutMs: number;
  readonly keepMs: number;
  /** Undefined: 5, on any backend. */
  readonly priority: number | undefined;
  /** What each of its jobs carries: `v`, the format, and `s`, by which a worker knows the schema that made the input. */
  readonly headers: () => Headers;
  /** For the compiler alone: nothing is there at run time. */
  readonly uses?: readonly Uses[] | undefined;
  readonly id: ((input: never) => string) | undefined;
  readonly partition: ((input: never) => string) | undefined;
  readonly metadata: ((input: never) => Metadata) | undefined;
};

/** A definition whose input's type does not matter: the schema checks it at run time. */
export type AnyDefinition<Uses extends string = Feature> = Declared<AnySchema, AnySchema | undefined, Uses>;

/**
 * A kind of job: its name, its input's schema and its policy, but no handler, so that a producer's bundle
 * never carries one. Made by `defineJob`.
 */
export type Definition<
  In extends AnySchema = AnySchema,
  Out extends AnySchema | undefined = AnySchema | undefined,
  Uses extends string = Feature,
> = Declared<In, Out, Uses> & {
  /** A request for one such job: for batches, schedules and follow-up jobs. */
  with<Id extends string | undefined = undefined, Priority extends number | undefined = undefined>(
    input: InputOf<In>,
    options?: JobOptions & { readonly id?: Id; readonly priority?: Priority },
  ): JobRequest<Uses | UsesOf<Id, Priority>>;
};

/** What one enqueue may say. An option that is `undefined` is as good as left out. */
export type JobOptions = {
  /** Names the job, so that a second enqueue is a `duplicate`. 1 to 200 of letters, digits and `_ . : @ / + = ~ -`. */
  readonly id?: string | undefined;
  /** Jobs that must be unique, ordered or settled together share one. Default: the id. */
  readonly partition?: string | undefined;
  /** How long from now until it may start. Not together with `runAt`. */
  readonly delay?: Duration | undefined;
  /** When it may start, by the backend's clock: ms since the epoch or a Date. */
  readonly runAt?: number | Date | undefined;
  /** 0 to 9, lower first. */
  readonly priority?: number | undefined;
  /**
   * Business ids for logs and operators. At most 16, of 256 characters. Names that begin with a `$` are the library's, and
   * not taken: another job's metadata may be handed on.
   */
  readonly metadata?: Metadata | undefined;
};

/** What a definition or a request uses that gives an id or a priority. */
type UsesOf<Id, Priority> =
  | ([Id] extends [undefined] ? never : "id")
  | ([Priority] extends [undefined] ? never : "priority");

/** A job that somebody wants: `welcome.with({ userId: 42 })`. */
export type JobRequest<Uses extends string = Feature> = {
  readonly definition: AnyDefinition<Uses>;
  readonly input: unknown;
  readonly options: JobOptions;
};

/** The result of a job's handler, as `get` answers it. */
export type ResultOf<D extends AnyDefinition> = D["output"] extends AnySchema ? OutputOf<D["output"]> : undefined;

type DefineOptions<In extends AnySchema, Out, Id extends string, Priority> = {
  /**
   * Any Standard Schema, asked once, at the enqueue. What it makes of the input is stored, and is what the handler and
   * the functions below get; so that must be JSON.
   */
  readonly input: In & Flaw<OutputOf<In>>;
  /** The schema of the handler's result. Without one, results are not stored. */
  readonly output?: (Out & Flaw<Kept<Out>>) | undefined;
  /**
   * Tells a worker whether its schema is the one that made a job's input; another is asked again, and gives the job
   * back if it refuses. Default: a hash of the schema's JSON Schema, where it has one. 1 to 40 of letters, digits and
   * `_ . : + -`. Change it with the schema.
   */
  readonly version?: string | undefined;
  /** Default: `"default"`. */
  readonly queue?: string | undefined;
  /** Default: five attempts at once, after 30 s, 2 min, 8 min and 30 min, with up to 20 % added. */
  readonly retry?: RetryPolicy | undefined;
  /** Default: one minute. No job has none. */
  readonly timeout?: Duration | undefined;
  /**
   * How long the row stands once completed or cancelled. Default: `"1d"`; 0 removes it at once. A job that is cancelled
   * while it runs stands at least until its lease would have ended, so that its worker hears of it; `remove` frees its id.
   */
  readonly keep?: Duration | undefined;
  /** 0 to 9, lower first. Default: 5. */
  readonly priority?: Priority;
  /** Derives the job's id from what it is about, so that asking twice makes one job. */
  readonly id?: ((input: OutputOf<In>) => Id) | undefined;
  readonly partition?: ((input: OutputOf<In>) => string) | undefined;
  /** Business ids for logs and operators, derived from the input. */
  readonly metadata?: ((input: OutputOf<In>) => Metadata) | undefined;
};

/**
 * A compile error where JSON would change what a schema makes. It looks at the length of a list because a compiler that
 * cannot know yet, in a generic function, sees any number in it, which is not 0, and lets it pass.
 */
type Flaw<T> = [...Unchanged<T>]["length"] extends 0
  ? "what the schema makes must be JSON: no Date, bigint, Map, Set, symbol, function, nor undefined in a list"
  : unknown;

/** What is kept of a result. */
type Kept<Out> = Out extends AnySchema ? Exclude<OutputOf<Out>, undefined | void> : undefined;

/** `unknown` and `any` are taken at their word, and checked at run time. */
type Unchanged<T> = unknown extends T ? [T] : [T] extends [AsJson<T>] ? [T] : [];
/** A type as JSON gives it back. Mapped, which a compiler does only as deep as it must: types may be recursive. */
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
const aSchema = be("a Standard Schema", isSchema);
const DEFINITION: Checks<DefineOptions<AnySchema, unknown, string, unknown>> = {
  input: aSchema,
  output: aSchema,
  version: text(/^[\w.:+-]{1,40}$/),
  queue: checkName,
  retry: be("a retry policy", (value) => "delayMs" in Object(value), "invalid_retry"),
  timeout: duration(1),
  keep: duration(),
  priority: integer(0, 9),
  id: aFunction,
  partition: aFunction,
  metadata: aFunction,
};

/** What these may be is looked at where they are used, with what the definition says. */
const REQUEST: Checks<JobOptions> = {
  id: anything,
  partition: anything,
  delay: anything,
  runAt: anything,
  priority: anything,
  metadata: anything,
};

/** The options of one enqueue. Fails with `invalid_option`. */
export function checkRequest(name: string, options: JobOptions): void {
  checkOptions(name, options, REQUEST);
}

export const aDefinition: Check = be("made by defineJob", (value) => isSchema(Object(value).input));

/**
 * Declares a kind of job. Share it between those who enqueue and those who run: the handler is bound
 * separately, with `handle`. Fails with `invalid_name`, `invalid_duration` or `invalid_option`.
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
>(name: string, options: DefineOptions<In, Out, Id, Priority>): Definition<In, Out, UsesOf<Id, Priority>> {
  checkName(name, "job name");
  checkOptions(name, options ?? {}, DEFINITION);
  aSchema(options?.input, `input of ${name}`);
  const { input, output, version, retry, priority, id, partition, metadata } = options;
  const { queue = "default", timeout = "1m", keep = "1d" } = options;
  let headers: Headers | undefined;
  const definition: Definition<In, Out, UsesOf<Id, Priority>> = {
    name,
    input,
    output: output as Out, // undefined is in Out exactly when the option is left out
    queue,
    retry,
    timeoutMs: toMs(timeout, "timeout"),
    keepMs: toMs(keep, "keep"),
    priority,
    // Made when the first job needs it: a JSON Schema takes its time.
    headers: () => (headers ??= stamp(version ?? fingerprint(input))),
    id,
    partition,
    metadata,
    with(value, jobOptions) {
      if (jobOptions !== undefined) checkRequest(name, jobOptions);
      return { definition, input: value, options: jobOptions ?? {} };
    },
  };
  return definition;
}
