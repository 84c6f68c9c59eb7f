import { defaultRetry, nextDelay } from "../retry/backoff.ts";
import { type Metadata, metadataOf } from "../values/codec.ts";
import type { ClaimedJob, NewJob, Outcome, Settlement } from "../contract/contract.ts";
import { LongshoreError } from "../values/errors.ts";
import { describeFailure } from "../values/failure.ts";
import { checkBatch } from "../values/limits.ts";
import { type JobLogger, withFields } from "../runtime/logger.ts";
import { RELEASE } from "../contract/outcome.ts";
import { newJob } from "../jobs/request.ts";
import type { Handler, JobContext } from "./handler.ts";
import type { Services } from "./services.ts";
import { isVerdict, thrownDelay } from "../retry/verdicts.ts";

/** Receives the progress of a run. */
export type RunHost = Services & {
  /** The job names that this worker has handlers for. */
  readonly handles: readonly string[];
  /** The run has an outcome: settle it. */
  decided(run: Run): void;
  /** Its lease has ended, and its handler has stopped because of that. */
  lost(run: Run): void;
  /** The handler is no longer running. Called once for each execution. */
  returned(run: Run): void;
};

/** The claimed jobs, counted by outcome. */
export type Tally = {
  claimed: number;
  completed: number;
  failed: number;
  dead: number;
  snoozed: number;
  /** The backend refused our result: the lease was lost, or the job was cancelled or removed. */
  lost: number;
};

/** The runs of one claim or delivery. `left`: how many have not ended. */
export type RunGroup = { readonly tally: Tally; left: number };

/** The slots of one queue. */
export type Lane = {
  readonly slots: number;
  /** Runs that have not ended, including waiting ones. */
  held: number;
  /** Slots in use. */
  busy: number;
  abandoned: number;
  readonly waiting: Run[];
  filling: boolean;
};

const MAX_NEXT = 100;

/**
 * One attempt of one job; also its handler's context. A class for speed: rarely used parts (signal, log, metadata) are
 * made on first use, and the getters exist once.
 */
export class Run implements JobContext {
  /** Replaced by a new claim of the job if the lease ended while this worker still runs it. */
  job: ClaimedJob;
  readonly handler: Handler | undefined;
  readonly lane: Lane;
  readonly group: RunGroup;
  readonly host: RunHost;
  /** When the lease ends, counted from before the claim or renewal was sent. Shared by all jobs of a call. */
  lease: { readonly until: number };
  /** An abandoned handler has lost its slot, but may still be running. */
  phase: "waiting" | "running" | "abandoned" | "returned" = "waiting";
  /** For events: ms since the epoch. */
  startedAt = 0;
  /** This and all times below are by the platform's monotonic clock. */
  readonly takenAt: number;
  beganAt = 0;
  /** When the timeout ends and the signal aborts. */
  deadline = 0;
  /** After its signal aborted: when it loses its slot. */
  abandonAt = 0;
  /** Why the signal aborted. */
  reason: LongshoreError | undefined;
  outcome: Outcome | undefined;
  /** The backend needs no more calls for this run. */
  settled = false;
  /** The handler has returned, so `enqueue` is refused. */
  sealed = false;
  next: (NewJob | Promise<NewJob>)[] | undefined;
  #controller: AbortController | undefined;

  constructor(
    job: ClaimedJob,
    handler: Handler | undefined,
    takenAt: number,
    lease: { readonly until: number },
    lane: Lane,
    group: RunGroup,
    host: RunHost,
  ) {
    this.job = job;
    this.handler = handler;
    this.takenAt = takenAt;
    this.lease = lease;
    this.lane = lane;
    this.group = group;
    this.host = host;
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
    this.#controller ??= new AbortController();
    if (this.reason !== undefined) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }
  get log(): JobLogger {
    const { id, name, attempt } = this.job;
    return withFields(this.host.log, { job_id: id, job_name: name, attempt });
  }
  // Functions without `this`, so that handlers can destructure them: `(input, { enqueue, remainingMs }) => ...`.
  get remainingMs(): JobContext["remainingMs"] {
    return () => (this.reason === undefined ? Math.max(0, this.deadline - this.host.platform.monotonic()) : 0);
  }
  get enqueue(): JobContext["enqueue"] {
    return ({ definition, input, options }) => {
      if (this.sealed || this.outcome !== undefined) {
        throw new LongshoreError(
          "attempt_over",
          "The attempt is over: await what enqueues before the handler returns.",
        );
      }
      const { platform, backend } = this.host;
      const partition = this.job.partition ?? this.job.id;
      this.next ??= [];
      checkBatch([...this.next, 0], MAX_NEXT);
      this.next.push(newJob({ definition, input, options }, backend.traits, platform, { partition }));
    };
  }

  abort(reason: LongshoreError): void {
    this.reason = reason;
    this.#controller?.abort(reason);
  }

  /** Only the first outcome counts: a handler's result after its timeout or release is ignored. */
  decide(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.host.decided(this);
  }

  /** The job's present age, in ms. */
  get ageMs(): number {
    return this.job.ageMs + this.host.platform.monotonic() - this.takenAt;
  }

  /** The handler threw. After a shutdown signal this is no failure, unless it is a verdict such as `nonRetryable`. */
  fail(error: unknown): void {
    if (this.outcome !== undefined) return;
    const code = this.reason?.code;
    if (code === "lease_lost") this.host.lost(this);
    else this.decide(code === "shutdown" && !isVerdict(error) ? RELEASE : this.#failure(error));
  }

  /** The outcome of a failure: the error decides first, then the definition's policy. */
  #failure(error: unknown): Outcome {
    const snoozeMs = thrownDelay(error, "snooze");
    const failure = describeFailure(error);
    if (snoozeMs !== undefined) return { type: "snooze", delayMs: snoozeMs, reason: failure.message };
    const { job, handler, host, ageMs } = this;
    const policy = handler?.definition.retry ?? defaultRetry;
    const delayMs = nextDelay(policy, error, { attempt: job.attempt, ageMs }, host.platform.random());
    return delayMs === undefined ? { type: "dead", failure } : { type: "retry", delayMs, failure };
  }

  settlement(): Settlement {
    const { id, partition, token } = this.job;
    const outcome = this.outcome ?? RELEASE;
    const next = outcome.type === "complete" ? (this.next as NewJob[] | undefined) : undefined; // already awaited
    return { id, partition, token, outcome, next };
  }
}
