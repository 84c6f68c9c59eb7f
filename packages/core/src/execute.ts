import { decide, defaultRetry } from "./backoff.ts";
import { type Metadata, encode, isReadable, metadataOf } from "./codec.ts";
import type { ClaimedJob, Failure, NewJob, Outcome, Settlement, Traits } from "./contract.ts";
import { LongshoreError, hasCode } from "./errors.ts";
import type { Emit, EventJob } from "./events.ts";
import { describeFailure } from "./failure.ts";
import type { AnyDefinition, JobRequest } from "./job.ts";
import { checkBatch } from "./limits.ts";
import { type Logger, withFields } from "./logger.ts";
import type { Platform } from "./platform.ts";
import { eventJob } from "./queue.ts";
import { newJob } from "./request.ts";
import { type AnySchema, type OutputOf, describeIssues } from "./standard.ts";

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
  readonly log: Logger;
  /** Until the timeout. */
  remainingMs(): number;
  /**
   * Asks for a follow-up job, enqueued in the same operation that completes this one, and in its partition.
   * Nothing is enqueued if this attempt fails. At most 100.
   */
  enqueue(request: JobRequest): void;
};

/** A definition and the function that runs it; made by `handle`. */
export type Binding = {
  readonly definition: AnyDefinition;
  readonly run: (input: never, context: JobContext) => unknown;
};

/** What a handler of a definition answers: its result, or anything where results are not stored. */
type Result<D extends AnyDefinition> = D["output"] extends AnySchema
  ? ReturnType<() => NonNullable<NonNullable<D["output"]>["~standard"]["types"]>["input"]>
  : unknown;

/** Binds a handler to a definition, for `createWorker`. Returning completes the job; throwing fails the attempt. */
export function handle<D extends AnyDefinition>(
  definition: D,
  run: (input: OutputOf<D["input"]>, context: JobContext) => Result<D> | Promise<Result<D>>,
): Binding {
  return { definition, run };
}

/** What all runs of one worker share. */
export type RunHost = {
  readonly platform: Platform;
  readonly traits: Traits;
  readonly log: Logger;
  readonly emit: Emit;
  /** The run has an outcome for the first time: settle it. */
  decided(run: Run): void;
  /** The handler is no longer running, whenever that is; called once for each execution. */
  returned(run: Run): void;
};

/** How many claimed jobs came to what. */
export type Tally = {
  claimed: number;
  completed: number;
  failed: number;
  dead: number;
  snoozed: number;
  /** The backend did not take our result: the lease was lost, or the job cancelled or removed. */
  lost: number;
};

/** The runs of one claim or delivery: where they are counted, and who wants to know when one is over. */
export type RunGroup = { readonly tally: Tally; readonly over?: (() => void) | undefined };

const MAX_NEXT = 100;

/**
 * One attempt of one job, which is also its handler's context. A class for its speed alone: what few handlers
 * use (signal, log, metadata) is made when asked for, and the getters exist once.
 */
export class Run implements JobContext {
  readonly job: ClaimedJob;
  readonly binding: Binding | undefined;
  readonly host: RunHost;
  readonly group: RunGroup;
  /** Ends by this process's clock, counted from before the claim or renewal was sent. Shared by all of one call. */
  lease: { readonly until: number };
  startedAt = 0;
  /** When a handler that does not heed its signal gives up its slot. */
  abandonAt: number | undefined = undefined;
  outcome: Outcome | undefined = undefined;
  /** From its start until its handler returns or is given up: its slot is taken. */
  busy = false;
  /** Given up: it keeps no slot, but its handler may still be running. */
  abandoned = false;
  /** Nothing is left to tell the backend. */
  settled = false;
  next: (NewJob | Promise<NewJob>)[] | undefined = undefined;
  #controller: AbortController | undefined;
  #reason: LongshoreError | undefined;

  constructor(
    job: ClaimedJob,
    binding: Binding | undefined,
    lease: { readonly until: number },
    host: RunHost,
    group: RunGroup,
  ) {
    this.job = job;
    this.binding = binding;
    this.lease = lease;
    this.host = host;
    this.group = group;
  }

  get id(): string {
    return this.job.id;
  }
  get name(): string {
    return this.job.name;
  }
  get queue(): string {
    return this.job.queue;
  }
  get attempt(): number {
    return this.job.attempt;
  }
  get token(): number {
    return this.job.token;
  }
  get metadata(): Metadata {
    return metadataOf(this.job.headers);
  }
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
  get log(): Logger {
    const { id, name, attempt } = this.job;
    return withFields(this.host.log, { job_id: id, job_type: name, attempt });
  }
  get deadline(): number {
    return this.startedAt + (this.binding?.definition.timeoutMs ?? 0);
  }
  remainingMs(): number {
    return Math.max(0, this.deadline - this.host.platform.now());
  }
  enqueue({ definition, input, options }: JobRequest): void {
    const partition = this.job.partition ?? this.job.id;
    this.next ??= [];
    checkBatch(this.next.length + 1, MAX_NEXT);
    this.next.push(newJob(definition, input, { ...options, partition }, this.host.traits, this.host.platform));
  }

  abort(reason: LongshoreError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  /** The first outcome counts: what a handler does after its timeout or its release changes nothing. */
  decide(outcome: Outcome): void {
    if (this.outcome !== undefined || this.settled) return;
    this.outcome = outcome;
    this.host.decided(this);
  }

  /** The attempt failed; the definition's policy says what follows. */
  fail(error: unknown): void {
    this.decide(this.#reason?.code === "shutdown" ? RELEASE : failureOutcome(this, error));
  }

  settlement(): Settlement {
    const { id, partition, token } = this.job;
    const outcome = this.outcome ?? RELEASE;
    const next = outcome.type === "complete" ? (this.next as NewJob[] | undefined) : undefined; // `finish` awaited them
    return { id, partition, token, outcome, next };
  }

  get eventJob(): EventJob {
    return eventJob(this.job);
  }
}

/** Gives the job back at once, without costing an attempt. */
export const RELEASE: Outcome = { type: "snooze", delayMs: 0 };

/** Runs one job: admit, decode, validate, run, decide. It never throws; the host hears of the outcome and of the return. */
export function execute(run: Run): void {
  const { host, job, binding } = run;
  const now = host.platform.now();
  run.startedAt = now;
  if (host.emit !== undefined && job.stalled) {
    host.emit({ type: "stalled", at: now, job: run.eventJob, attempt: job.attempt - 1 });
  }
  const refusal = admit(run);
  if (refusal !== undefined || binding === undefined) {
    run.decide(refusal ?? RELEASE);
    return host.returned(run);
  }
  host.emit?.({ type: "started", at: now, job: run.eventJob, attempt: job.attempt, waitedMs: job.waitedMs });
  try {
    const checked = binding.definition.input["~standard"].validate(JSON.parse(job.payload));
    if (!(checked instanceof Promise)) return runHandler(run, binding, checked);
    checked.then((result) => runHandler(run, binding, result)).catch((error) => failed(run, error));
  } catch (error) {
    failed(run, error);
  }
}

type Checked = Awaited<ReturnType<AnySchema["~standard"]["validate"]>>;

function runHandler(run: Run, binding: Binding, checked: Checked): void {
  if (checked.issues !== undefined) {
    run.decide(dead(`The stored input does not fit: ${describeIssues(checked.issues)}.`));
    return run.host.returned(run);
  }
  // The schema's output is the handler's input type: `handle` saw to it.
  const answer = binding.run(checked.value as never, run);
  if (!isThenable(answer)) return succeeded(run, answer);
  answer.then(
    (result) => succeeded(run, result),
    (error) => failed(run, error),
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function succeeded(run: Run, result: unknown): void {
  if (run.binding?.definition.output === undefined && run.next === undefined) {
    run.decide(COMPLETE);
    return run.host.returned(run);
  }
  finish(run, result).then(
    (outcome) => {
      run.decide(outcome);
      run.host.returned(run);
    },
    (error) => failed(run, error),
  );
}

const COMPLETE: Outcome = { type: "complete" };

/** The slow path of a success: a result to check and store, or follow-up jobs whose schemas take time. */
async function finish(run: Run, result: unknown): Promise<Outcome> {
  if (run.next !== undefined) run.next = await Promise.all(run.next);
  const output = run.binding?.definition.output;
  if (output === undefined) return COMPLETE;
  const checked = await output["~standard"].validate(result);
  const what = `result of ${run.name}`;
  if (checked.issues !== undefined) {
    throw new LongshoreError("invalid_payload", `The ${what} does not fit: ${describeIssues(checked.issues)}.`);
  }
  return { type: "complete", result: encode(checked.value, what, run.host.traits) };
}

function failed(run: Run, error: unknown): void {
  run.fail(error);
  run.host.returned(run);
}

function failureOutcome(run: Run, error: unknown): Outcome {
  if (hasCode(error, "snooze")) return { type: "snooze", delayMs: error.delayMs ?? 0 };
  const failure = describeFailure(error);
  const policy = run.binding?.definition.retry ?? defaultRetry;
  const { attempt, ageMs } = run.job;
  const { platform } = run.host;
  const decision = decide(policy, {
    attempt,
    ageMs: ageMs + Math.max(0, platform.now() - run.startedAt),
    random: platform.random(),
    error,
  });
  if (decision.type === "retry") return { type: "retry", delayMs: decision.delayMs, failure };
  return { type: "dead", failure };
}

const UNKNOWN_FOR_MS = 86_400_000;
const LEAST_SNOOZE_MS = 1_000;
const MOST_SNOOZE_MS = 600_000;

/** What keeps a claimed job from running: an unknown name, a newer format, attempts that crashes have used up. */
function admit({ job, binding }: Run): Outcome | undefined {
  const readable = isReadable(job.headers);
  if (binding === undefined || !readable) {
    const missing = readable ? `a handler for ${job.name}` : "a newer version of this library";
    const why = `No worker has ${missing}. Deploy one, then replay this job.`;
    if (job.ageMs >= UNKNOWN_FOR_MS) return dead(why);
    // As long again as the job is old: an exponential backoff that needs no counter.
    return { type: "snooze", delayMs: Math.min(Math.max(job.ageMs, LEAST_SNOOZE_MS), MOST_SNOOZE_MS) };
  }
  const { attempts } = binding.definition.retry ?? defaultRetry;
  if (job.attempt <= attempts) return undefined;
  return dead(`The worker vanished during the last attempt, ${attempts} of ${attempts}.`);
}

function dead(message: string): Outcome {
  const failure: Failure = { message };
  return { type: "dead", failure };
}
