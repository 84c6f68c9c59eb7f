import { type AnyDefinition, type JobRequest, aDefinition } from "../jobs/definition.ts";
import type { JobLogger } from "../runtime/logger.ts";
import type { Metadata } from "../values/codec.ts";
import { aFunction } from "../values/options.ts";
import type { AnySchema, InputOf, OutputOf } from "../values/schema.ts";

/** What a handler knows of the job that it runs. */
export type JobContext = {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** From 1. */
  readonly attempt: number;
  /** Grows with every claim in the backend: pass it to a resource that can refuse older ones. */
  readonly token: number;
  readonly metadata: Metadata;
  /** Fires at the timeout, when the lease is lost, on cancellation, and when the worker stops; its reason is a `LongshoreError`. */
  readonly signal: AbortSignal;
  /** Bound to the job's id, name and attempt. */
  readonly log: JobLogger;
  /** Until the timeout; 0 once the signal has fired. */
  remainingMs(): number;
  /**
   * Asks for a follow-up job, enqueued in the same operation that completes this one, and in its partition.
   * Nothing is enqueued if this attempt fails. At most 100, with 8 000 000 characters of payload in all: with more the
   * job is dead at once. Fails with `attempt_over` once the handler has returned or was timed out: whatever was asked
   * for then could only be lost.
   */
  enqueue(request: JobRequest): void;
};

/** A definition and the function that runs it; made by `handle`. */
export type Handler = {
  readonly definition: AnyDefinition;
  readonly run: (input: never, context: JobContext) => unknown;
};

/** What a handler of a definition answers: its result, or anything where results are not stored. */
type Result<D extends AnyDefinition> = D["output"] extends AnySchema ? InputOf<D["output"]> : unknown;

/** Binds a handler to a definition, for `createWorker`. Returning completes the job; throwing fails the attempt. */
export function handle<D extends AnyDefinition>(
  definition: D,
  run: (input: OutputOf<D["input"]>, context: JobContext) => Result<D> | Promise<Result<D>>,
): Handler {
  aDefinition(definition, "definition of a handler");
  aFunction(run, `handler of ${definition.name}`);
  return { definition, run };
}
