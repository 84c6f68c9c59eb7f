import { isPromise } from "./validate.ts";
import { metadataOf } from "../values/headers.ts";
import { decode } from "../values/payload.ts";
import type { Enqueue, Traits } from "../contract/contract.ts";
import type { EnqueueAnswer, NewJob } from "../contract/enqueue.ts";
import type { JobRef } from "../contract/job.ts";
import type {
  Control,
  ControlAnswer,
  Depth,
  Inspect,
  Keys,
  ListRequest,
  PauseFor,
  StoredJob,
  Update,
} from "../contract/operating.ts";
import type { ListSchedules } from "../contract/scheduling.ts";
import { toMs } from "../values/duration.ts";
import { kindOf } from "../values/backend-failure.ts";
import { LongshoreError, codeOf, refuse } from "../values/errors.ts";
import { type Emit, type EventListener, type EventRef, emitter, emitEnqueue } from "../events/events.ts";
import { type AnyDefinition, type JobOptions, type JobRequest, aDefinition } from "./definition.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { bounded, pressure } from "./depth.ts";
import { MAX_BATCH, checkBatch, checkName, checkRef } from "../values/limits.ts";
import type { Logger } from "../runtime/logger.ts";
import {
  type Checks,
  aBoolean,
  aFunction,
  aLogger,
  aStateOrList,
  canEnqueue,
  checkOptions,
  withMethods,
  integer,
} from "../values/options.ts";
import { type ClockAndIds, type Platform, systemClockAndIds } from "../runtime/platform.ts";
import { type Changes, changeOf } from "./change.ts";
import { familyOrder } from "./family-order.ts";
import { type Traited, withOwnErrors } from "./own-errors.ts";
import { scheduleListing } from "./schedule-listing.ts";
import { newJob, newJobs } from "./request.ts";
import type {
  EnqueuedOrFailed,
  Ref,
  Job,
  Producer,
  Inspection,
  Operations,
  Pausing,
  Queue,
  Uniqueness,
  Updating,
} from "./queue-types.ts";

export type QueueOptions = {
  readonly onEvent?: EventListener | undefined;
  readonly log?: Logger | undefined;
  /** For tests that control time and randomness. */
  readonly platform?: Platform | undefined;
};

const CHECKS: Checks<QueueOptions> = { onEvent: aFunction, log: aLogger, platform: withMethods("now", "id") };

/**
 * The queue of producers and operators. It holds only its options; if bindings arrive with a request, make one per
 * request. It has `get`, `cancel` and so on only if the adapter has them; of an adapter that can only enqueue, such as
 * `within` of an SQL store returns, it has `enqueue` and `enqueueMany`.
 */
export function createQueue<A extends Enqueue>(adapter: A, options: QueueOptions = {}): Queue<A> {
  canEnqueue(adapter, "adapter of createQueue");
  checkOptions("createQueue", options, CHECKS, undefined, ELSEWHERE);
  const { platform = systemClockAndIds } = options;
  const { traits } = adapter;
  const emit = emitter(options);

  const report = (
    job: NewJob,
    answer: EnqueueAnswer = { status: "failed", message: "no answer" },
  ): EnqueuedOrFailed => {
    emitEnqueue(emit, job, answer);
    const { id, partition } = job;
    // `created` is by far the most frequent, and a spread would cost as much as validation.
    if (answer.status === "created") return { status: answer.status, id, partition };
    const standing = "id" in answer ? (answer.id ?? id) : id;
    return { ...answer, id: standing, partition };
  };

  const producer: Producer<A> = {
    async enqueue(definition, input, jobOptions: JobOptions = {}) {
      const made = newJob({ definition, input, options: jobOptions }, traits, platform);
      const job = bounded(isPromise(made) ? await made : made, definition.limits, traits);
      let answer: EnqueueAnswer | undefined;
      try {
        answer = (await adapter.enqueue([job]))[0];
      } catch (error) {
        throw unknownOutcome([job], traits, error);
      }
      const enqueued = report(job, answer);
      if (enqueued.status !== "failed") return enqueued;
      const message = `${job.name} was not enqueued: ${enqueued.message}`;
      if (enqueued.reason === "full") throw new LongshoreError("queue_full", `${message}. Try again later.`);
      throw notEnqueued(message, [job], traits);
    },
    async enqueueMany(requests) {
      const made = await newJobs(requests, traits, platform);
      const jobs = made.map((job, i) => bounded(job, (requests[i] as JobRequest).definition.limits, traits)); // one for each
      if (jobs.length === 0) return [];
      let answers: readonly EnqueueAnswer[];
      try {
        answers = await adapter.enqueue(jobs);
      } catch (error) {
        throw unknownOutcome(jobs, traits, error);
      }
      return jobs.map((job, i) => report(job, answers[i]));
    },
  };
  // The adapter's methods decide which others exist, at run time and in the type.
  const able = withOwnErrors(adapter);
  return {
    ...producer,
    ...(able.release && uniqueness(able as Traited & Keys, platform)),
    ...(able.get && inspection(able as Inspect)), // an adapter has a whole interface or none of it
    ...(able.depth && pressure(able as Depth)),
    ...(able.pauseFor && pausing(able as PauseFor)),
    ...(able.update && updating(able as Traited & Update, platform, emit)),
    ...(able.cancel && operations(able as Control, emit)),
    ...(able.listSchedules && scheduleListing(able as ListSchedules)),
  } as Queue<A>;
}

/** The error of a call that may have enqueued some of its jobs. A `LongshoreError` is returned unchanged. */
function unknownOutcome(jobs: readonly NewJob[], traits: Traits, cause: unknown): unknown {
  if (codeOf(cause) !== undefined) return cause;
  const repeat = traits.unique ? "the same call with the ids of this error is safe" : "the same call may make others";
  // Without the cause's message, which may quote a payload.
  const message = `The backend failed (${kindOf(cause)}), and may have taken the jobs or not: ${repeat}.`;
  return notEnqueued(message, jobs, traits, cause);
}

function notEnqueued(message: string, jobs: readonly NewJob[], { unique }: Traits, cause?: unknown): LongshoreError {
  const ids = unique ? jobs.map(({ id }) => id) : undefined;
  return new LongshoreError("enqueue_failed", message, { cause, ids });
}

/** Text that is safe in a link. */
const CURSOR = /^[\w.:@/+=~-]{1,1000}$/;

const PAGE: Checks<ListRequest> = {
  state: aStateOrList,
  queue: checkName,
  name: checkName,
  descending: aBoolean,
  limit: integer(1, MAX_BATCH),
  cursor(value) {
    if (typeof value === "string" && CURSOR.test(value)) return;
    // Not quoted: it may come from a link that anybody made.
    throw new LongshoreError("invalid_cursor", "The cursor of list must be that of the page before.");
  },
};

export function inspection(store: Inspect): Inspection {
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
  } as Inspection; // the overloads of `get` differ only in their types
}

function uniqueness(store: Traited & Keys, platform: ClockAndIds): Uniqueness {
  return {
    async release(definition, input, options = {}) {
      const { name, unique, partition } = await newJob({ definition, input, options }, store.traits, platform);
      if (unique === undefined)
        return refuse("invalid_option", `unique of ${name}`, "given to release its key", unique);
      return (await store.release([{ key: unique.key, partition }]))[0] ?? "free";
    },
  };
}

function updating(store: Traited & Update, platform: ClockAndIds, emit: Emit): Updating {
  return {
    async update(definition, ref, changes: Changes<unknown>) {
      const change = await changeOf(definition, jobRef(ref), changes, store.traits, platform);
      const [answer = { status: "gone" }] = await store.update([change]);
      if (answer.status === "done") emit?.({ type: "updated", ref: eventRef(ref) });
      return answer;
    },
  };
}

function pausing(store: PauseFor): Pausing {
  return {
    async pauseFor(queue, duration) {
      checkName(queue, "queue name");
      await store.pauseFor(queue, toMs(duration, "pause"));
    },
  };
}

const EVENT_TYPES = { cancel: "cancelled", replay: "replayed", runNow: "ranNow", remove: "removed" } as const;
type Verb = keyof typeof EVENT_TYPES;

function operations(store: Control, emit: Emit): Operations {
  const many =
    (verb: Verb) =>
    async (refs: readonly Ref[]): Promise<readonly ControlAnswer[]> => {
      checkBatch(refs);
      const names = refs.map(jobRef);
      const report = emit && refs.map(eventRef);
      // A child that is replayed first would not wait for its parent, and one whose parent is cancelled first is dead.
      const order = familyOrder(refs, verb === "replay" ? "first" : "last");
      const answered = await store[verb](order.map((i) => names[i] as JobRef)); // its places
      const answers: ControlAnswer[] = [];
      order.forEach((i, k) => (answers[i] = answered[k] ?? { status: "gone" }));
      report?.forEach((ref, i) => {
        if (answers[i]?.status === "done") emit?.({ type: EVENT_TYPES[verb], ref });
      });
      return answers;
    };
  const one =
    (verb: Verb) =>
    async (ref: Ref): Promise<ControlAnswer> =>
      (await many(verb)([ref]))[0] ?? { status: "gone" };
  const gate = (verb: "pause" | "resume") => async (queue: string) => {
    checkName(queue, "queue name");
    await store[verb](queue);
  };
  return {
    cancel: one("cancel"),
    cancelMany: many("cancel"),
    replay: one("replay"),
    replayMany: many("replay"),
    runNow: one("runNow"),
    runNowMany: many("runNow"),
    remove: one("remove"),
    removeMany: many("remove"),
    pause: gate("pause"),
    resume: gate("resume"),
  };
}

/** Only id and partition, not the inputs of a whole page of jobs. */
function jobRef(ref: Ref): JobRef {
  const { id = ref as string, partition } = eventRef(ref); // what has no id is shown as it is
  checkRef(id, "id");
  if (partition !== undefined) checkRef(partition, "partition");
  return { id, partition };
}

function eventRef(ref: Ref): EventRef {
  // Anything else is refused as an id.
  if (typeof ref !== "object" || ref === null) return { id: ref };
  const { id, partition, name, queue, metadata } = ref;
  return { id, partition, name, queue, metadata };
}

export function jobOf({ payload, result, headers, ...row }: StoredJob): Job {
  return {
    ...row,
    input: decode(payload),
    result: decode(result),
    metadata: metadataOf(headers),
  };
}
