import type { RetryPolicy } from "./backoff.ts";
import type { Metadata } from "./codec.ts";
import { type Duration, toMs } from "./duration.ts";
import { checkName } from "./limits.ts";
import { type Check, type Checks, aFunction, anything, be, checkOptions, duration, integer } from "./options.ts";
import type { AnySchema, InputOf, OutputOf } from "./standard.ts";

/** What a definition or a request asks of its adapter beyond the plain: not every backend has it. */
export type Feature = "id" | "priority";

/** A definition whose input's type does not matter: the schema checks it at run time. */
export type AnyDefinition<Uses extends Feature = Feature> = {
  readonly name: string;
  readonly input: AnySchema;
  readonly output: AnySchema | undefined;
  readonly queue: string;
  /** Undefined: the default, which only workers need to know. */
  readonly retry: RetryPolicy | undefined;
  readonly timeoutMs: number;
  readonly keepMs: number;
  /** Undefined: 5, on any backend. */
  readonly priority: number | undefined;
  /** For the compiler alone: nothing is there at run time. */
  readonly uses?: readonly Uses[];
  readonly id: ((input: never) => string) | undefined;
  readonly partition: ((input: never) => string) | undefined;
  readonly metadata: ((input: never) => Metadata) | undefined;
};

/**
 * A kind of job: its name, its input's schema and its policy, but no handler, so that a producer's bundle
 * never carries one. Made by `defineJob`.
 */
export type Definition<
  In extends AnySchema = AnySchema,
  Out extends AnySchema | undefined = AnySchema | undefined,
  Uses extends Feature = Feature,
> = AnyDefinition<Uses> & {
  readonly input: In;
  readonly output: Out;
  /** A request for one such job: for batches, schedules and follow-up jobs. */
  with<O extends JobOptions = {}>(input: InputOf<In>, options?: O): JobRequest<Uses | Extract<keyof O, Feature>>;
};

/** What one enqueue may say. */
export type JobOptions = {
  /** Names the job, so that a second enqueue is a `duplicate`. 1 to 200 of letters, digits and `_ . : @ / + = ~ -`. */
  readonly id?: string;
  /** Jobs that must be unique, ordered or settled together share one. Default: the id. */
  readonly partition?: string;
  /** How long from now until it may start. Not together with `runAt`. */
  readonly delay?: Duration;
  /** When it may start, by the backend's clock: ms since the epoch or a Date. */
  readonly runAt?: number | Date;
  /** 0 to 9, lower first. */
  readonly priority?: number;
  /** Business ids for logs and operators. At most 16, of 256 characters. */
  readonly metadata?: Metadata;
};

/** A job that somebody wants: `welcome.with({ userId: 42 })`. */
export type JobRequest<Uses extends Feature = Feature> = {
  readonly definition: AnyDefinition<Uses>;
  readonly input: unknown;
  readonly options: JobOptions;
};

/** The result of a job's handler, as `get` answers it. */
export type ResultOf<D extends AnyDefinition> = D["output"] extends AnySchema ? OutputOf<D["output"]> : undefined;

type DefineOptions<In extends AnySchema, Out> = {
  /** Any Standard Schema. Checked at enqueue, and again before the handler, which gets its output. */
  readonly input: In & JsonInput<In>;
  /** The schema of the handler's result. Without one, results are not stored. */
  readonly output?: Out;
  /** Default: `"default"`. */
  readonly queue?: string;
  /** Default: five attempts at once, after 30 s, 2 min, 8 min and 30 min, with up to 20 % added. */
  readonly retry?: RetryPolicy;
  /** Default: one minute. No job has none. */
  readonly timeout?: Duration;
  /** How long the row stands once completed or cancelled. Default: `"1d"`; 0 removes it at once. */
  readonly keep?: Duration;
  /** 0 to 9, lower first. Default: 5. */
  readonly priority?: number;
  /** Derives the job's id from what it is about, so that asking twice makes one job. */
  readonly id?: (input: InputOf<In>) => string;
  readonly partition?: (input: InputOf<In>) => string;
  /** Business ids for logs and operators, derived from the input. */
  readonly metadata?: (input: InputOf<In>) => Metadata;
};

/** A compile error for inputs that JSON would change: they would not pass their own schema again in the worker. */
type JsonInput<In extends AnySchema> =
  IsJson<InputOf<In>> extends true ? unknown : "the input must be JSON: no Date, bigint, Map, Set, symbol or function";
type IsJson<T> = 0 extends 1 & T // `any` is taken at its word
  ? true
  : T extends NotJson
    ? false
    : T extends object
      ? false extends { [K in keyof T]-?: IsJson<Exclude<T[K], undefined>> }[keyof T]
        ? false
        : true
      : true;
type NotJson =
  | bigint
  | symbol
  | Date
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...args: never) => unknown);

/** Inferring what was asked for would let misspelt options pass: each of them must be nothing. */
type NothingElse<Asked> = { readonly [K in Exclude<keyof Asked, keyof DefineOptions<AnySchema, unknown>>]?: never };

const isSchema = (value: unknown): boolean => typeof Object(Object(value)["~standard"]).validate === "function";
const aSchema = be("a Standard Schema", isSchema);
const DEFINITION: Checks<DefineOptions<AnySchema, unknown>> = {
  input: aSchema,
  output: aSchema,
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
  Asked extends object = {},
>(
  name: string,
  options: DefineOptions<In, Out> & Asked & NothingElse<Asked>,
): Definition<In, Out, Extract<keyof Asked, Feature>> {
  checkName(name, "job name");
  checkOptions(name, options ?? {}, DEFINITION);
  aSchema(options?.input, `input of ${name}`);
  const { input, output, retry, priority, id, partition, metadata } = options;
  const { queue = "default", timeout = "1m", keep = "1d" } = options;
  const definition: Definition<In, Out, Feature> = {
    name,
    input,
    output: output as Out, // undefined is in Out exactly when the option is left out
    queue,
    retry,
    timeoutMs: toMs(timeout, "timeout"),
    keepMs: toMs(keep, "keep"),
    priority,
    id,
    partition,
    metadata,
    with(value, jobOptions) {
      if (jobOptions !== undefined) checkRequest(name, jobOptions);
      return { definition, input: value, options: jobOptions ?? {} };
    },
  };
  return definition as Definition<In, Out, Extract<keyof Asked, Feature>>; // what it uses is only a type
}
