import { ask, isPromise } from "../jobs/validate.ts";
import { defaultRetry } from "../retry/backoff.ts";
import { decode, encode, isReadable } from "../values/codec.ts";
import type { NewJob, Outcome } from "../contract/contract.ts";
import { isUnable } from "../contract/lifecycle.ts";
import type { LongshoreError } from "../values/errors.ts";
import { warnOnce } from "../runtime/logger.ts";
import { places } from "../values/issues.ts";
import { nearestFirst } from "../values/options.ts";
import { COMPLETE } from "../contract/outcome.ts";
import type { Handler } from "./handler.ts";
import type { Run } from "./run.ts";
import type { Validated } from "../values/schema.ts";
import { nonRetryable, snooze } from "../retry/verdicts.ts";

/**
 * Runs one job: admit, decode, validate, run, decide. Never throws; calls the host with the outcome and at the return.
 */
export function execute(run: Run): void {
  const { host, job } = run;
  run.beganAt = host.platform.monotonic();
  if (host.emit) run.startedAt = host.platform.now();
  if (job.stalled) host.emit?.({ type: "stalled", job, attempt: job.attempt - 1 });
  try {
    const handler = admit(run);
    const { definition } = handler;
    run.deadline = run.beganAt + definition.timeoutMs;
    host.emit?.({ type: "started", job, attempt: job.attempt, waitedMs: job.waitedMs });
    const stored = decode(job.payload);
    // Not the parser's message: it would quote the payload, which is never logged.
    if (stored === undefined) throw nonRetryable("The stored input is no JSON.");
    const version = definition.headers()["s"];
    // The same schema made this input, so it is not validated again: a rule about time may fail by now, and must not
    // count.
    if (version !== undefined && version === job.headers["s"]) return void runHandler(run, handler, stored);
    const answer = ask(definition.input, stored);
    if (!isPromise(answer)) return runChecked(run, handler, answer);
    answer.then((checked) => runChecked(run, handler, checked)).catch((error) => failed(run, error));
  } catch (error) {
    failed(run, error);
  }
}

/**
 * Throws if a claimed job may not run: its name is unknown, its format is newer, crashes have used up its attempts, or
 * its `maxElapsed` has passed, even if no worker was there in time.
 */
function admit(run: Run): Handler {
  const { job, handler } = run;
  if (!isReadable(job.headers)) throw leftToOthers(run, "no worker has a newer version of this library");
  if (handler === undefined) {
    const known = nearestFirst(job.name, run.host.handles).slice(0, 3).join(", ") || "none";
    const advice = `deploy one, or correct the name (this worker handles ${known})`;
    throw leftToOthers(run, `no worker has a handler for ${job.name}`, advice);
  }
  const { attempts, maxElapsedMs } = handler.definition.retry ?? defaultRetry;
  if (job.attempt > attempts) {
    const spent = job.attempt - 1;
    if (job.stalled) throw nonRetryable(`The worker vanished during attempt ${spent} of ${attempts}.`);
    throw nonRetryable(`${spent} attempts are spent, and the definition allows ${attempts}.`);
  }
  if (maxElapsedMs !== undefined && run.ageMs > maxElapsedMs) {
    throw nonRetryable(
      `No attempt may begin later than ${maxElapsedMs} ms after the enqueue or the replay (maxElapsed).`,
    );
  }
  return handler;
}

const PATIENCE_MS = 86_400_000;
const LEAST_SNOOZE_MS = 1_000;
const MOST_SNOOZE_MS = 600_000;

const MISFIT = "no worker has the schema that made the input, and this one's refuses it:";

/** Gives a job back for a worker that can run it. If none could for a day, it is dead. */
function leftToOthers({ job, host }: Run, reason: string, advice = "deploy one"): LongshoreError {
  const { name, queue } = job;
  warnOnce(host.log, reason, `${reason}; its jobs wait: ${advice}`, { job_name: name, queue });
  const { snoozed } = job;
  // Counts all `no worker has` reasons as one, but no snooze of a handler.
  const waitedMs = snoozed && isUnable(snoozed.reason) ? snoozed.forMs : 0;
  if (waitedMs >= PATIENCE_MS) return nonRetryable(`For a day ${reason}. Deploy one, then replay.`);
  // Waits as long again as it has waited: exponential backoff without a counter.
  return snooze(Math.min(Math.max(waitedMs, LEAST_SNOOZE_MS), MOST_SNOOZE_MS), reason);
}

function runChecked(run: Run, handler: Handler, checked: Validated): void {
  if (checked.issues === undefined) return void runHandler(run, handler, checked.value);
  // The producer's schema accepted it, so this worker's schema is older or newer.
  failed(run, leftToOthers(run, `${MISFIT} ${places(checked.issues)}`));
}

async function runHandler(run: Run, handler: Handler, input: unknown): Promise<void> {
  // Each handler starts in its own microtask: what one enters into an AsyncLocalStorage before its first await would
  // otherwise be the next handler's context, too.
  await undefined;
  let result: unknown;
  try {
    result = await handler.run(input as never, run); // the schema's output has the handler's input type, by `handle`
  } catch (error) {
    return failed(run, error);
  }
  succeeded(run, handler, result);
}

function succeeded(run: Run, handler: Handler, result: unknown): void {
  run.sealed = true;
  if (handler.definition.output === undefined && run.next === undefined) return ended(run, COMPLETE);
  finish(run, handler, result).then(
    (outcome) => ended(run, outcome),
    (error) => failed(run, error),
  );
}

/** The slow path of a success: a result to validate and store, or follow-up jobs with asynchronous schemas. */
async function finish(run: Run, { definition }: Handler, result: unknown): Promise<Outcome> {
  if (run.next !== undefined) run.next = fitting(await Promise.all(run.next));
  return definition.output === undefined ? COMPLETE : kept(run, await ask(definition.output, result));
}

/** Stores a result. One that cannot be stored makes the job dead: a retry would repeat work that is done. */
function kept({ name, host }: Run, checked: Validated): Outcome {
  const what = `result of ${name}`;
  if (checked.issues !== undefined)
    throw nonRetryable(`The ${what} does not fit its schema: ${places(checked.issues)}.`);
  if (checked.value === undefined) return COMPLETE;
  try {
    return { type: "complete", result: encode(checked.value, what, host.backend.traits) };
  } catch (error) {
    throw nonRetryable((error as LongshoreError).message); // encode throws only LongshoreError
  }
}

/**
 * One settlement carries all follow-up jobs, in an RPC message of at most 32 MiB, and a character may need four bytes.
 */
const MOST_NEXT_CHARACTERS = 8_000_000;

/** Refuses follow-up jobs that are too large. Not retried: the handler would enqueue as much again. */
function fitting(next: NewJob[]): NewJob[] {
  const characters = next.reduce((sum, { payload }) => sum + payload.length, 0);
  if (characters <= MOST_NEXT_CHARACTERS) return next;
  throw nonRetryable(
    `The follow-up jobs have ${characters} characters in all, and one settlement holds ${MOST_NEXT_CHARACTERS}. Store their data elsewhere and pass its keys.`,
  );
}

function ended(run: Run, outcome: Outcome): void {
  run.decide(outcome);
  run.host.returned(run);
}

function failed(run: Run, error: unknown): void {
  run.sealed = true;
  run.fail(error);
  run.host.returned(run);
}
