import { validate } from "../jobs/validate.ts";
import { defaultRetry, nextDelay } from "../retry/backoff.ts";
import { encode } from "../values/payload.ts";
import { warnOnce } from "../runtime/logger.ts";
import type { Outcome } from "../contract/contract.ts";
import type { NewJob } from "../contract/enqueue.ts";
import { COMPLETE } from "../contract/outcome.ts";
import type { LongshoreError } from "../values/errors.ts";
import { describeFailure } from "../values/failure.ts";
import { describeIssues } from "../values/issues.ts";
import type { Validated } from "../values/schema.ts";
import { choosesOutcome, nonRetryable, thrownDelay } from "../retry/handler-errors.ts";
import type { Handler } from "./handler.ts";
import type { Run } from "./run.ts";

/**
 * The outcome of a handler that returned. A promise only if there is a result to validate and store, or follow-up jobs;
 * it rejects, as a handler does, if they cannot be stored.
 */
export function outcomeOfResult(run: Run, { definition }: Handler, result: unknown): Outcome | Promise<Outcome> {
  const isPlain = definition.output === undefined && run.next === undefined;
  // Most return nothing, and need not be looked at.
  if (isPlain && result === undefined) return COMPLETE;
  if (isPlain && !choosesOutcome(result)) {
    warnOfAnswer(run, result);
    return COMPLETE;
  }
  return storedOutcome(run, definition, result);
}

/** `fetch` rejects of no status, and to return an error fails nothing: who returns either sees its job completed. */
function warnOfAnswer({ name, services }: Run, result: unknown): void {
  try {
    const { ok, status, stack } = Object(result) as Partial<Response & Error>;
    let told = "an error, and its job is completed: throw it";
    if (ok === false && typeof status === "number")
      told = `an answer with the status ${status}, and its job is completed: throw, where response.ok is false`;
    else if (!stack) return;
    const message = `the handler of ${name} returned ${told}`;
    warnOnce(services.log, `answer of ${name}`, message, { job_name: name });
  } catch {
    // It may be anything.
  }
}

async function storedOutcome(run: Run, { output }: Handler["definition"], result: unknown): Promise<Outcome> {
  if (choosesOutcome(result))
    throw nonRetryable(
      `The handler of ${run.name} returned what snooze, retryAfter or nonRetryable makes: throw it instead.`,
    );
  if (run.next !== undefined) run.next = checkSize(await Promise.all(run.next));
  return output === undefined ? COMPLETE : complete(run, await validate(output, result));
}

/** Stores a result. One that cannot be stored makes the job dead: a retry would repeat work that is done. */
function complete({ name, services }: Run, checked: Validated): Outcome {
  const what = `result of ${name}`;
  if (checked.issues !== undefined)
    throw nonRetryable(`The ${what} does not fit its schema: ${describeIssues(checked.issues)}.`);
  if (checked.value === undefined) return COMPLETE;
  try {
    return { type: "complete", result: encode(checked.value, what, services.backend.traits) };
  } catch (error) {
    throw nonRetryable((error as LongshoreError).message); // encode throws only LongshoreError
  }
}

/**
 * One settlement carries all follow-up jobs, in an RPC message of at most 32 MiB, and a character may need four bytes.
 */
const MOST_NEXT_CHARACTERS = 8_000_000;

/** Refuses follow-up jobs that are too large. Not retried: the handler would enqueue as much again. */
function checkSize(next: NewJob[]): NewJob[] {
  const characters = next.reduce((sum, { payload }) => sum + payload.length, 0);
  if (characters <= MOST_NEXT_CHARACTERS) return next;
  throw nonRetryable(
    `The follow-up jobs have ${characters} characters in all, and one settlement holds ${MOST_NEXT_CHARACTERS}. Store their data elsewhere and pass its keys.`,
  );
}

/** The outcome of a handler that threw: the error decides first, then the definition's policy. */
export function outcomeOfError(run: Run, error: unknown): Outcome {
  const snoozeMs = thrownDelay(error, "snooze");
  const failure = describeFailure(error);
  if (snoozeMs !== undefined) return { type: "snooze", delayMs: snoozeMs, reason: failure.message };
  const { attempt, attempts, handler, services, ageMs } = run;
  const policy = handler?.definition.retry ?? defaultRetry;
  const delayMs = nextDelay(policy, error, { attempt, ageMs }, services.platform.random(), attempts);
  return delayMs === undefined ? { type: "dead", failure } : { type: "retry", delayMs, failure };
}
