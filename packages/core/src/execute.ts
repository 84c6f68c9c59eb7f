import { defaultRetry } from "./backoff.ts";
import { decode, encode, isReadable } from "./codec.ts";
import type { ClaimedJob, Outcome } from "./contract.ts";
import type { LongshoreError } from "./errors.ts";
import { COMPLETE } from "./outcome.ts";
import type { Binding, Run } from "./run.ts";
import { type Validated, accepted } from "./standard.ts";
import { nonRetryable, snooze } from "./verdicts.ts";

/** Runs one job: admit, decode, validate, run, decide. It never throws; the host hears of the outcome and of the return. */
export function execute(run: Run): void {
  const { host, job } = run;
  run.startedAt = host.platform.now();
  if (job.stalled) host.emit?.({ type: "stalled", job, attempt: job.attempt - 1 });
  try {
    const binding = admit(run);
    run.deadline = run.startedAt + binding.definition.timeoutMs;
    host.emit?.({ type: "started", job, attempt: job.attempt, waitedMs: job.waitedMs });
    const stored = decode(job.payload);
    // The parser's own message would quote it, and payloads are never logged.
    if (stored === undefined) throw nonRetryable("The stored input is no JSON.");
    const checked = binding.definition.input["~standard"].validate(stored);
    if (!(checked instanceof Promise)) return runHandler(run, binding, checked);
    checked.then((answer) => runHandler(run, binding, answer)).catch((error) => failed(run, error));
  } catch (error) {
    failed(run, error);
  }
}

/** Throws what keeps a claimed job from running: an unknown name, a newer format, attempts that crashes have used up. */
function admit({ job, binding }: Run): Binding {
  if (!isReadable(job.headers)) throw leftToOthers(job, "no worker has a newer version of this library");
  if (binding === undefined) throw leftToOthers(job, `no worker has a handler for ${job.name}`);
  const { attempts } = binding.definition.retry ?? defaultRetry;
  if (job.attempt <= attempts) return binding;
  throw nonRetryable(`The worker vanished during attempt ${attempts} of ${attempts}.`);
}

const PATIENCE_MS = 86_400_000;
const LEAST_SNOOZE_MS = 1_000;
const MOST_SNOOZE_MS = 600_000;

/** Gives a job back to wait for a worker that can run it; once it has waited for a day, for the same reason, it is dead. */
function leftToOthers(job: ClaimedJob, reason: string): LongshoreError {
  const waitedMs = job.snoozed?.reason === reason ? job.snoozed.forMs : 0;
  if (waitedMs >= PATIENCE_MS) return nonRetryable(`For a day ${reason}. Deploy one, then replay.`);
  // As long again as it has waited: an exponential backoff that needs no counter.
  return snooze(Math.min(Math.max(waitedMs, LEAST_SNOOZE_MS), MOST_SNOOZE_MS), reason);
}

function runHandler(run: Run, binding: Binding, checked: Validated): void {
  const input = accepted(checked, "non_retryable", "stored input");
  // The schema's output is the handler's input type: `handle` saw to it.
  Promise.resolve(binding.run(input as never, run)).then(
    (result) => succeeded(run, binding, result),
    (error) => failed(run, error),
  );
}

function succeeded(run: Run, binding: Binding, result: unknown): void {
  if (binding.definition.output === undefined && run.next === undefined) return ended(run, COMPLETE);
  finish(run, binding, result).then(
    (outcome) => ended(run, outcome),
    (error) => failed(run, error),
  );
}

/** The slow path of a success: a result to check and store, or follow-up jobs whose schemas take time. */
async function finish(run: Run, { definition }: Binding, result: unknown): Promise<Outcome> {
  if (run.next !== undefined) run.next = await Promise.all(run.next);
  if (definition.output === undefined) return COMPLETE;
  const what = `result of ${run.name}`;
  const value = accepted(await definition.output["~standard"].validate(result), "invalid_payload", what);
  return { type: "complete", result: encode(value, what, run.host.backend.traits) };
}

function ended(run: Run, outcome: Outcome): void {
  run.decide(outcome);
  run.host.returned(run);
}

function failed(run: Run, error: unknown): void {
  run.fail(error);
  run.host.returned(run);
}
