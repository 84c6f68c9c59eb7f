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

/** Where a run tells how it goes. */
export type RunHost = Services & {
  /** The names of the jobs that this worker has handlers of. */
  readonly handles: readonly string[];
  /** The run has an outcome: settle it. */
  decided(run: Run): void;
  /** Its lease is over, and its handler has heeded that. */
  lost(run: Run): void;
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

/** The runs of one claim or delivery: what they came to, and how many are not over. */
export type RunGroup = { readonly tally: Tally; left: number };

/** The slots of one queue. */
export type Lane = {
  readonly slots: number;
  /** Runs that have not left, waiting ones included. */
  held: number;
  /** Slots that are taken. */
  busy: number;
  abandoned: number;
  readonly waiting: Run[];
  filling: boolean;
};

const MAX_NEXT = 100;

/**
 * One attempt of one job, which is also its handler's context. A class for its speed alone: what few handlers
 * use (signal, log, metadata) is made when asked for, and the getters exist once.
 */
export class Run implements JobContext {
  /** Another claim takes the place of one whose lease was lost while this worker still runs it. */
  job: ClaimedJob;
  readonly handler: Handler | undefined;
  readonly lane: Lane;
  readonly group: RunGroup;
  readonly host: RunHost;
  /** When it ends, counted from before the claim or renewal was sent. Shared by all of one call. */
  lease: { readonly until: number };
  /** An abandoned handler has lost its slot, but may still be running. */
  phase: "waiting" | "running" | "abandoned" | "returned" = "waiting";
  /** For events alone, which tell it: the time of day. */
  startedAt = 0;
  /** From here on all times are by the platform's monotonic clock. */
  readonly takenAt: number;
  beganAt = 0;
  /** When its timeout is over, and the handler is told to stop. */
  deadline = 0;
  /** Once it was told to stop: when it loses its slot. */
  abandonAt = 0;
  /** Why the handler was told to stop. */
  reason: LongshoreError | undefined;
  outcome: Outcome | undefined;
  /** Nothing is left to tell the backend. */
  settled = false;
  /** The handler has returned: nothing can be added to what it asked for. */
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
  // Functions that handlers may take out of their context: `(input, { enqueue, remainingMs }) => ...`.
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

  /** The first outcome counts: what a handler does after its timeout or its release changes nothing. */
  decide(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.host.decided(this);
  }

  /** How old the job is by now. */
  get ageMs(): number {
    return this.job.ageMs + this.host.platform.monotonic() - this.takenAt;
  }

  /** The handler threw. One that was told to stop has not failed, but what it says of its job counts. */
  fail(error: unknown): void {
    if (this.outcome !== undefined) return;
    const code = this.reason?.code;
    if (code === "lease_lost") this.host.lost(this);
    else this.decide(code === "shutdown" && !isVerdict(error) ? RELEASE : this.#failure(error));
  }

  /** The error decides what follows, then the definition's policy. */
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
    const next = outcome.type === "complete" ? (this.next as NewJob[] | undefined) : undefined; // awaited by then
    return { id, partition, token, outcome, next };
  }
}
