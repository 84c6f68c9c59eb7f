import { type AnyDefinition, type JobRequest, aDefinition } from "../jobs/definition.ts";
import type { Feature } from "../jobs/features.ts";
import type { JobLogger } from "../runtime/logger.ts";
import type { Metadata } from "../values/headers.ts";
import { aFunction } from "../values/options.ts";
import type { Parents } from "./parents.ts";
import type { AnySchema, InputOf, OutputOf } from "../values/schema.ts";

/** The second argument of a handler: the job that it runs. */
export type JobContext = {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** From 1. */
  readonly attempt: number;
  /** How many it has in all: if the last one fails, the job is dead. */
  readonly attempts: number;
  /** Grows with every claim in the backend. Pass it to a resource that can refuse older tokens. */
  readonly token: number;
  readonly metadata: Metadata;
  /** The jobs that this one comes after, with their results: `for await (const parent of parents)`. */
  readonly parents: Parents;
  /**
   * Aborts at the timeout, when the lease is lost, when the job is cancelled and when the worker stops. The reason is a
   * `LongshoreError`.
   */
  readonly signal: AbortSignal;
  /** Adds the job's id, name and attempt to each entry. */
  readonly log: JobLogger;
  /** The ms until the timeout; 0 once the signal has aborted. */
  remainingMs(): number;
  /**
   * Adds a follow-up job. It is enqueued in the operation that completes this job, in the same partition, and not at
   * all if this attempt fails. At most 100 jobs, with 8 000 000 characters of payload in all: with more characters this
   * job is dead at once. Fails with `attempt_over` once the handler has returned or timed out, because the follow-up
   * would be lost, and as `enqueue` does.
   */
  enqueue(request: JobRequest<Feature>): void;
};

/** A definition and the function that runs it; made by `handle` or `handleMany`. */
export type Handler = {
  readonly definition: AnyDefinition;
  readonly run: (input: never, context: JobContext) => unknown;
  /** The most jobs that it runs together. */
  readonly size?: number | undefined;
};

/** The result type of a handler; anything if the definition has no `output`. */
export type Result<D extends AnyDefinition> = D["output"] extends AnySchema ? InputOf<D["output"]> : unknown;

/** Binds a handler to a definition, for `createWorker`. Returning completes the job; throwing fails the attempt. */
export function handle<D extends AnyDefinition>(
  definition: D,
  run: (input: OutputOf<D["input"]>, context: JobContext) => Result<D> | Promise<Result<D>>,
): Handler {
  aDefinition(definition, "definition of a handler");
  aFunction(run, `handler of ${definition.name}`);
  return { definition, run };
}
