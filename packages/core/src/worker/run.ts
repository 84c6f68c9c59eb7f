import { type Metadata, limitOf, metadataOf } from "../values/headers.ts";
import type { Adapter, ClaimedJob, Outcome, Renew, SettleAnswer, Settlement } from "../contract/contract.ts";
import type { NewJob } from "../contract/enqueue.ts";
import { LongshoreError } from "../values/errors.ts";
import { checkBatch } from "../values/limits.ts";
import { type JobLogger, withFields } from "../runtime/logger.ts";
import { RELEASE } from "../contract/outcome.ts";
import { aRequest } from "../jobs/definition.ts";
import { newJob } from "../jobs/request.ts";
import { DEFAULT_ATTEMPTS } from "../retry/backoff.ts";
import type { Handler, JobContext } from "./handler.ts";
import { type Parents, parentsOf } from "./parents.ts";
import type { Services } from "./services.ts";
import type { QueueSlots } from "./slots.ts";

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

/** The job was completed in a transaction of its handler, if that commits (docs/decisions/0029). */
export type Completion = {
  readonly outcome: Outcome;
  /** The transaction has committed, as far as the worker knows. Returns what the store had answered in it. */
  committed(): SettleAnswer;
};

/** The host that handed out jobs: it settles them, and holds their leases. */
export type Settler = Pick<Adapter, "settle"> & Partial<Renew>;

/** The runs of a loop's claims, or of one delivery. `left`: how many have not ended. */
export type RunGroup = {
  readonly tally: Tally;
  readonly isClaimed: boolean;
  left: number;
  /** Settles its outcomes and renews its leases, if it can. */
  readonly settler?: Settler | undefined;
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
  readonly slots: QueueSlots<Run>;
  readonly group: RunGroup;
  readonly services: Services;
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
  /** The handler has returned, or completes its job, so `enqueue` is refused. */
  sealed = false;
  completion: Completion | undefined;
  /** What follows it if it completes, and if it is dead. */
  next: (NewJob | Promise<NewJob>)[] | undefined;
  followers: NewJob[] | undefined;
  #controller: AbortController | undefined;

  constructor(
    job: ClaimedJob,
    handler: Handler | undefined,
    takenAt: number,
    lease: { readonly until: number },
    slots: QueueSlots<Run>,
    group: RunGroup,
    services: Services,
  ) {
    this.job = job;
    this.handler = handler;
    this.takenAt = takenAt;
    this.lease = lease;
    this.slots = slots;
    this.group = group;
    this.services = services;
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
  get attempts(): number {
    return limitOf(this.job.headers, "a", this.handler?.definition.retry?.attempts ?? DEFAULT_ATTEMPTS);
  }
  get token(): number {
    return this.job.token;
  }
  get parents(): Parents {
    return parentsOf(this.job, this.services.backend);
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
    return withFields(this.services.log, { job_id: id, job_name: name, attempt });
  }
  // Functions without `this`, so that handlers can destructure them: `(input, { enqueue, remainingMs }) => ...`.
  get remainingMs(): JobContext["remainingMs"] {
    return () => (this.reason === undefined ? Math.max(0, this.deadline - this.services.platform.monotonic()) : 0);
  }
  get enqueue(): JobContext["enqueue"] {
    return (request) => {
      aRequest(request, "request to enqueue");
      if (this.sealed || this.outcome !== undefined) {
        throw new LongshoreError(
          "attempt_over",
          "The attempt is over: await what enqueues before the handler returns, or completes its job.",
        );
      }
      const { platform, backend } = this.services;
      const partition = this.job.partition ?? this.job.id;
      this.next ??= [];
      checkBatch([...this.next, 0], MAX_NEXT);
      this.next.push(newJob(request, backend.traits, platform, { partition }));
    };
  }

  abort(reason: LongshoreError): void {
    this.reason = reason;
    this.#controller?.abort(reason);
  }

  /** The job's present age, in ms. */
  get ageMs(): number {
    return this.job.ageMs + this.services.platform.monotonic() - this.takenAt;
  }

  settlement(outcome: Outcome = this.outcome ?? RELEASE): Settlement {
    const { id, partition, token } = this.job;
    const { next, followers } = this;
    const jobs =
      outcome.type === "complete" ? (next as NewJob[] | undefined) : outcome.type === "dead" ? followers : undefined; // already awaited
    return { id, partition, token, outcome, next: jobs };
  }
}
