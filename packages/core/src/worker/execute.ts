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

/** Runs one job: admit, decode, validate, run, decide. It never throws; the host hears of the outcome and of the return. */
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
    // The parser's own message would quote it, and payloads are never logged.
    if (stored === undefined) throw nonRetryable("The stored input is no JSON.");
    const version = definition.headers()["s"];
    // What the same schema has made needs no second look; time may have broken a rule of it, which counts no more.
    if (version !== undefined && version === job.headers["s"]) return runHandler(run, handler, stored);
    const answer = ask(definition.input, stored);
    if (!isPromise(answer)) return runChecked(run, handler, answer);
    answer.then((checked) => runChecked(run, handler, checked)).catch((error) => failed(run, error));
  } catch (error) {
    failed(run, error);
  }
}

/**
 * Throws what keeps a claimed job from running: an unknown name, a newer format, attempts that crashes have used up, or
 * a time by which no attempt may begin any more, however long nobody was there to begin one.
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

/** Gives a job back to wait for a worker that can run it; once all have refused it for a day, it is dead. */
function leftToOthers({ job, host }: Run, reason: string, advice = "deploy one"): LongshoreError {
  const { name, queue } = job;
  warnOnce(host.log, reason, `${reason}; its jobs wait: ${advice}`, { job_name: name, queue });
  const { snoozed } = job;
  // Whatever the others' reasons: what a handler asked for would be another matter.
  const waitedMs = snoozed && isUnable(snoozed.reason) ? snoozed.forMs : 0;
  if (waitedMs >= PATIENCE_MS) return nonRetryable(`For a day ${reason}. Deploy one, then replay.`);
  // As long again as it has waited: an exponential backoff that needs no counter.
  return snooze(Math.min(Math.max(waitedMs, LEAST_SNOOZE_MS), MOST_SNOOZE_MS), reason);
}

function runChecked(run: Run, handler: Handler, checked: Validated): void {
  if (checked.issues === undefined) return runHandler(run, handler, checked.value);
  // Its producer's schema took it: it is this worker's that is older or newer.
  failed(run, leftToOthers(run, `${MISFIT} ${places(checked.issues)}`));
}

function runHandler(run: Run, handler: Handler, input: unknown): void {
  // What a schema made is the handler's input type: `handle` saw to it.
  Promise.resolve(handler.run(input as never, run)).then(
    (result) => succeeded(run, handler, result),
    (error) => failed(run, error),
  );
}

function succeeded(run: Run, handler: Handler, result: unknown): void {
  run.sealed = true;
  if (handler.definition.output === undefined && run.next === undefined) return ended(run, COMPLETE);
  finish(run, handler, result).then(
    (outcome) => ended(run, outcome),
    (error) => failed(run, error),
  );
}

/** The slow path of a success: a result to check and store, or follow-up jobs whose schemas take time. */
async function finish(run: Run, { definition }: Handler, result: unknown): Promise<Outcome> {
  if (run.next !== undefined) run.next = fitting(await Promise.all(run.next));
  return definition.output === undefined ? COMPLETE : kept(run, await ask(definition.output, result));
}

/** The work is done: what cannot be kept of it is no reason to do it again. */
function kept({ name, host }: Run, checked: Validated): Outcome {
  const what = `result of ${name}`;
  if (checked.issues !== undefined)
    throw nonRetryable(`The ${what} does not fit its schema: ${places(checked.issues)}.`);
  if (checked.value === undefined) return COMPLETE;
  try {
    return { type: "complete", result: encode(checked.value, what, host.backend.traits) };
  } catch (error) {
    throw nonRetryable((error as LongshoreError).message); // one of ours
  }
}

/** One settlement carries them all, and a store's message holds 32 MiB: as many characters, four times over. */
const MOST_NEXT_CHARACTERS = 8_000_000;

/** To run the handler again would ask for as much again. */
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
