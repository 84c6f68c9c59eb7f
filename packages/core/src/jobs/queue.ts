import { isPromise } from "./validate.ts";
import { decode, metadataOf } from "../values/codec.ts";
import type {
  Adapter,
  Control,
  ControlAnswer,
  EnqueueAnswer,
  FailureRecord,
  Inspect,
  JobRef,
  JobState,
  ListRequest,
  NewJob,
  QueueCounts,
  StoredJob,
  Traits,
} from "../contract/contract.ts";
import type { Metadata } from "../values/codec.ts";
import { LongshoreError, codeOf, refuse } from "../values/errors.ts";
import { type Emit, type EventListener, type EventRef, emitter, tellEnqueue } from "../events/events.ts";
import {
  type AnyDefinition,
  type Feature,
  type JobOptions,
  type JobRequest,
  type ResultOf,
  aDefinition,
} from "./definition.ts";
import { MAX_BATCH, checkBatch, checkName, checkRef } from "../values/limits.ts";
import type { Logger } from "../runtime/logger.ts";
import {
  type Checks,
  aFunction,
  aLogger,
  aState,
  anAdapter,
  checkOptions,
  having,
  integer,
} from "../values/options.ts";
import { type Platform, systemStamps } from "../runtime/platform.ts";
import { type FeaturesOf, type Granted, type Lacking, newJob, newJobs } from "./request.ts";
import type { InputOf, OutputOf } from "../values/schema.ts";

/** What became of one enqueue. A `duplicate` of a dead or cancelled job will not run: look at its state. */
export type Enqueued = JobRef &
  ({ readonly status: "created" | "sent" } | { readonly status: "duplicate"; readonly state: JobState });
/** What became of one job of several. `failed`: the backend did not take it, and says why; the id is there to try again. */
export type EnqueuedOrFailed = Enqueued | (JobRef & { readonly status: "failed"; readonly message: string });

/**
 * A job's id, with its partition where it has one of its own. A `Job` will do, whose name, queue and metadata events tell
 * then, too; only the id and the partition are sent.
 */
export type Ref = string | EventRef;

/** A job as it stands. Times are ms since the epoch by the backend's clock. */
export type Job<Input = unknown, Result = unknown> = JobRef & {
  readonly name: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  readonly attempt: number;
  /** `undefined` at run time where what is stored is no JSON: somebody else wrote it. */
  readonly input: Input;
  readonly result: Result | undefined;
  readonly metadata: Metadata;
  readonly enqueuedAt: number;
  readonly dueAt: number;
  /** Why it is not running, where the backend knows: the queue is paused, or what it was snoozed for. */
  readonly waitsFor?: string | undefined;
  /** The first and the last nine. */
  readonly failures: readonly FailureRecord[];
};

/** What every adapter can. Features are not written as `FeaturesOf`, which errors would show in place of their words. */
export type Producer<A extends Adapter> = {
  /**
   * Checks the input, then hands the job to the backend. When it resolves, the backend has acknowledged the job.
   * Fails with `invalid_payload`, `invalid_id`, `invalid_option`, `payload_too_large`, `delay_too_long` (nothing was
   * sent) or `enqueue_failed`: the backend did not take it, or nobody knows. With the id that the error tells, in `ids`,
   * asking again makes no second job; on a backend without ids it may.
   */
  enqueue<D extends AnyDefinition<Granted<A>[Feature]>>(
    definition: D,
    input: InputOf<D["input"]>,
    options?: OptionsOn<A>,
  ): Promise<Enqueued>;
  /**
   * Up to 1 000 jobs in one call: all are checked before any is sent. `answers[i]` is about `requests[i]`: one that is
   * `failed` was not enqueued. Fails as `enqueue` does; `ids` of an `enqueue_failed` are those of all requests, in their
   * places.
   */
  enqueueMany(requests: readonly JobRequest<Granted<A>[Feature]>[]): Promise<readonly EnqueuedOrFailed[]>;
};

/** What an enqueue may say on this adapter; where it may not, the type says why. */
type OptionsOn<A extends Adapter> = Omit<JobOptions, Exclude<Feature, FeaturesOf<A>>> & {
  readonly [F in Exclude<Feature, FeaturesOf<A>>]?: Lacking[F];
};

/** Where the adapter keeps state. */
export type Inspection = {
  /** With its definition, the job's input and result have their types. Fails with `wrong_definition` for another job's id. */
  get(ref: Ref): Promise<Job | undefined>;
  get<D extends AnyDefinition>(ref: Ref, definition: D): Promise<Job<OutputOf<D["input"]>, ResultOf<D>> | undefined>;
  /**
   * A page of jobs, in the order of their ids; `{ state: "dead" }` lists the dead letters. At most 1 000 a page, 100
   * unless said otherwise, and less where they are large: only a page without a cursor is the last. A cursor stays
   * good whatever comes and goes. Fails with `invalid_cursor` or `invalid_option`.
   */
  list(request?: Partial<ListRequest>): Promise<{ readonly jobs: readonly Job[]; readonly cursor?: string }>;
  /** How many jobs each queue has in each state; states of which it has none may be left out. */
  counts(): Promise<readonly QueueCounts[]>;
};

/**
 * What operators do. Each verb answers `done`, `refused` with the state that does not allow it, or `gone` where there is no
 * such job, and tells an event where it was done. Fails with `invalid_id` or `batch_too_large`; a call that fails
 * otherwise may be repeated.
 */
export type Operations = {
  /**
   * Ends a job that has not ended; a running one is fenced and its signal fires at the next renewal. Its id is taken for as
   * long as the definition's `keep` says, and where it ran, for its lease's rest at least.
   */
  cancel(ref: Ref): Promise<ControlAnswer>;
  /** Gives a dead or cancelled job a new life under its id: attempts and age from zero, failures kept. */
  replay(ref: Ref): Promise<ControlAnswer>;
  /** At most 1 000; `answers[i]` is about `refs[i]`. */
  replayMany(refs: readonly Ref[]): Promise<readonly ControlAnswer[]>;
  /** Makes a delayed job, or one that waits for its retry, due now. */
  runNow(ref: Ref): Promise<ControlAnswer>;
  /** Deletes a job that is not running; its id is free again. */
  remove(ref: Ref): Promise<ControlAnswer>;
  /** Stops claims from a queue. What runs goes on, what comes waits. */
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
};

export type Queue<A extends Adapter = Adapter> = Producer<A> &
  (A extends Inspect ? Inspection : unknown) &
  (A extends Control ? Operations : unknown);

export type QueueOptions = {
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  /** For tests that own time and chance. */
  readonly platform?: Platform | undefined;
};

const CHECKS: Checks<QueueOptions> = { onEvent: aFunction, log: aLogger, platform: having("now", "id") };

/**
 * The producer's side of an adapter. It holds nothing but its options, so make one per request where bindings
 * arrive with the request. It offers `get`, `cancel` and the like only where the adapter can.
 */
export function createQueue<A extends Adapter>(adapter: A, options: QueueOptions = {}): Queue<A> {
  anAdapter(adapter, "adapter of createQueue");
  checkOptions("createQueue", options, CHECKS);
  const { platform = systemStamps } = options;
  const { traits } = adapter;
  const emit = emitter(options);

  const told = (job: NewJob, answer: EnqueueAnswer = { status: "failed", message: "no answer" }): EnqueuedOrFailed => {
    tellEnqueue(emit, job, answer);
    const { id, partition } = job;
    // The first is most of all, and a spread costs it as much as its schema.
    return answer.status === "created" ? { status: answer.status, id, partition } : { ...answer, id, partition };
  };

  const producer: Producer<A> = {
    async enqueue(definition, input, jobOptions: JobOptions = {}) {
      const made = newJob({ definition, input, options: jobOptions }, traits, platform);
      const job = isPromise(made) ? await made : made;
      let answer: EnqueueAnswer | undefined;
      try {
        answer = (await adapter.enqueue([job]))[0];
      } catch (error) {
        throw unsure([job], traits, error);
      }
      const enqueued = told(job, answer);
      if (enqueued.status !== "failed") return enqueued;
      throw notEnqueued(`${job.name} was not enqueued: ${enqueued.message}`, [job], traits);
    },
    async enqueueMany(requests) {
      const jobs = await newJobs(requests, traits, platform);
      if (jobs.length === 0) return [];
      let answers: readonly EnqueueAnswer[];
      try {
        answers = await adapter.enqueue(jobs);
      } catch (error) {
        throw unsure(jobs, traits, error);
      }
      return jobs.map((job, i) => told(job, answers[i]));
    },
  };
  // The adapter's methods decide, at run time and in the type alike, which of the others are there.
  const able = adapter as A & Partial<Inspect & Control>;
  return {
    ...producer,
    ...(able.get && inspection(able as A & Inspect)), // an adapter has an interface whole or not at all
    ...(able.cancel && operations(able as A & Control, emit)),
  } as Queue<A>;
}

/** The call broke off, so that nobody knows which of its jobs stand. An error of ours says itself what it means. */
function unsure(jobs: readonly NewJob[], traits: Traits, cause: unknown): unknown {
  if (codeOf(cause) !== undefined) return cause;
  const repeat = traits.unique ? "the same call with the ids of this error is safe" : "the same call may make others";
  // What the cause says may quote a payload.
  return notEnqueued(`The backend failed, and may have taken the jobs or not: ${repeat}.`, jobs, traits, cause);
}

function notEnqueued(message: string, jobs: readonly NewJob[], { unique }: Traits, cause?: unknown): LongshoreError {
  const ids = unique ? jobs.map(({ id }) => id) : undefined;
  return new LongshoreError("enqueue_failed", message, { cause, ids });
}

/** Text that a link can carry. */
const CURSOR = /^[\w.:@/+=~-]{1,1000}$/;

const PAGE: Checks<ListRequest> = {
  state: aState,
  queue: checkName,
  limit: integer(1, MAX_BATCH),
  cursor(value) {
    if (typeof value === "string" && CURSOR.test(value)) return;
    // Not quoted: it came with a link, from anybody.
    throw new LongshoreError("invalid_cursor", "The cursor of list must be that of the page before.");
  },
};

function inspection(store: Inspect): Inspection {
  return {
    async get(ref: Ref, definition?: AnyDefinition) {
      if (definition !== undefined) aDefinition(definition, "definition");
      const [row] = await store.get([jobRef(ref)]);
      if (row === undefined) return undefined;
      if (definition === undefined || definition.name === row.name) return jobOf(row);
      return refuse("wrong_definition", `definition of ${row.id}`, row.name, definition.name);
    },
    async list(request: Partial<ListRequest> = {}) {
      checkOptions("list", request, PAGE);
      const { limit = 100, ...rest } = request;
      const page = await store.list({ ...rest, limit });
      return { ...page, jobs: page.jobs.map(jobOf) };
    },
    counts: () => store.counts(),
  } as Inspection; // the overloads of `get` differ only in what the caller knows
}

const TOLD = { cancel: "cancelled", replay: "replayed", runNow: "ranNow", remove: "removed" } as const;
type Verb = keyof typeof TOLD;

function operations(store: Control, emit: Emit): Operations {
  const many = async (verb: Verb, refs: readonly Ref[]): Promise<readonly ControlAnswer[]> => {
    checkBatch(refs);
    const names = refs.map(jobRef);
    const told = emit && refs.map(eventRef);
    const answers = await store[verb](names);
    told?.forEach((ref, i) => {
      if (answers[i]?.status === "done") emit?.({ type: TOLD[verb], ref });
    });
    return answers;
  };
  const one =
    (verb: Verb) =>
    async (ref: Ref): Promise<ControlAnswer> =>
      (await many(verb, [ref]))[0] ?? { status: "gone" };
  const gate = (verb: "pause" | "resume") => async (queue: string) => {
    checkName(queue, "queue name");
    await store[verb](queue);
  };
  return {
    cancel: one("cancel"),
    replay: one("replay"),
    replayMany: (refs) => many("replay", refs),
    runNow: one("runNow"),
    remove: one("remove"),
    pause: gate("pause"),
    resume: gate("resume"),
  };
}

/** What the backend needs to know: not the inputs of a whole page of jobs. */
function jobRef(ref: Ref): JobRef {
  const { id, partition } = eventRef(ref);
  checkRef(id, "id");
  if (partition !== undefined) checkRef(partition, "partition");
  return { id, partition };
}

function eventRef(ref: Ref): EventRef {
  if (typeof ref === "string") return { id: ref };
  const { id, partition, name, queue, metadata } = Object(ref) as EventRef; // checked by whoever sends it
  return { id, partition, name, queue, metadata };
}

function jobOf({ payload, result, headers, ...row }: StoredJob): Job {
  return {
    ...row,
    input: decode(payload),
    result: decode(result),
    metadata: metadataOf(headers),
  };
}
