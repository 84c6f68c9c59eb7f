import { validate, isPromise, andThen } from "./validate.ts";
import { DEFAULT_ATTEMPTS } from "../retry/backoff.ts";
import { type Headers, type Metadata, encodeHeaders, withLimit, withReserved } from "../values/headers.ts";
import { decode, encode } from "../values/payload.ts";
import type { Enqueue, Traits } from "../contract/contract.ts";
import type { Due, NewJob } from "../contract/enqueue.ts";
import { delayToMs, roundedUp, toMs } from "../values/duration.ts";
import { LongshoreError, isThenable, refuse } from "../values/errors.ts";
import {
  type AnyDefinition,
  type JobOptions,
  type JobRequest,
  aDefinition,
  aRequest,
  checkRequest,
} from "./definition.ts";
import type { Feature } from "./features.ts";
import { checkBatch, checkId, checkInteger } from "../values/limits.ts";
import { duration } from "../values/options.ts";
import { type ClockAndIds, instantOf } from "../runtime/platform.ts";
import { describeIssues } from "../values/issues.ts";
import type { Validated } from "../values/schema.ts";
import { linked } from "./after.ts";
import { limitsOf } from "./concurrency.ts";
import { uniqueOf } from "./unique.ts";

/** The features that an adapter has, by its traits. Others are also refused at run time, for callers without types. */
export type FeaturesOf<A extends Enqueue> = Granted<A>[Feature];

/** For a missing feature the type is a text, which the compile error shows. */
export type Granted<A extends Enqueue> = {
  readonly id: A["traits"]["unique"] extends true ? "id" : Lacking["id"];
  readonly priority: A["traits"]["ordered"] extends true ? "priority" : Lacking["priority"];
  readonly unique: A["traits"]["uniqueKeys"] extends true ? "unique" : Lacking["unique"];
  readonly limits: A["traits"]["limits"] extends true ? "limits" : Lacking["limits"];
  readonly throttle: A["traits"]["throttle"] extends true ? "throttle" : Lacking["throttle"];
  readonly after: A["traits"]["dependencies"] extends true ? "after" : Lacking["after"];
  readonly startWithin: A["traits"]["expiry"] extends true ? "startWithin" : Lacking["startWithin"];
  readonly order: A["traits"]["order"] extends true ? "order" : Lacking["order"];
  readonly maxDepth: A["traits"]["depth"] extends true ? "maxDepth" : Lacking["maxDepth"];
};

/** The texts of compile errors about missing features. */
export type Lacking = {
  readonly id: "this adapter has no ids: leave the id out, or use a store";
  readonly priority: "this adapter has no priorities: leave the priority out, or use a store";
  readonly unique: "this adapter has no unique keys: leave `unique` out, or use a store that has the trait uniqueKeys";
  readonly limits: "this adapter has no limits over all workers: leave `concurrency` out, or use a store that has the trait limits";
  readonly throttle: "this adapter has no throttle: leave `throttle` out, or use a store that has the trait throttle";
  readonly after: "this adapter knows no parents: leave `after` out, or use a store that has the trait dependencies";
  readonly startWithin: "this adapter lets no job expire: leave `startWithin` out, or use a store that has the trait expiry";
  readonly order: "this adapter keeps no order by key: leave `order` out, or use a store that has the trait order";
  readonly maxDepth: "this adapter has no limit on what waits: leave `maxDepth` out, or use a store that has the trait depth";
};

/**
 * Checks a request against its schema and the adapter's limits, and makes the job, with the schema's output as its
 * payload. Nothing is sent before every job of a call has passed. Returns a promise only if the schema does; nobody has
 * to handle its rejection.
 */
export function newJob(
  request: JobRequest<string>,
  traits: Traits,
  platform: ClockAndIds,
  ids?: FixedIds,
): NewJob | Promise<NewJob> {
  aDefinition(request.definition, "definition");
  const made = makeJob(request, traits, platform, ids);
  if (request.options.after === undefined) return made;
  const link = (job: NewJob): NewJob => linked([request], [job], traits)[0] ?? job;
  return isPromise(made) ? andThen(made, link) : link(made);
}

/** A job without the jobs that it comes after, which may be of the same call. The caller has checked its definition. */
function makeJob(
  request: JobRequest<string>,
  traits: Traits,
  platform: ClockAndIds,
  ids?: FixedIds,
): NewJob | Promise<NewJob> {
  const { definition, input, options } = request;
  checkRequest(definition.name, options);
  // `flow` fills in what comes before, so only now.
  if (options.onFailed !== undefined && options.after === undefined)
    refuse("invalid_option", "onFailed", "left out on a job that comes after none (`after`)", options.onFailed);
  // A schema of an object may take a promise for one without properties.
  if (isThenable(input)) refuse("invalid_payload", inputOf(definition), "a value", input);
  const answer = validate(definition.input, input);
  return isPromise(answer)
    ? andThen(answer, (checked) => accepted(request, checked, traits, platform, ids))
    : accepted(request, answer, traits, platform, ids);
}

function accepted(
  request: JobRequest<string>,
  checked: Validated,
  traits: Traits,
  platform: ClockAndIds,
  ids: FixedIds | undefined,
): NewJob | Promise<NewJob> {
  const { definition, input } = request;
  if (checked.issues !== undefined) {
    const message = `The ${inputOf(definition)} does not fit its schema: ${describeIssues(checked.issues)}.`;
    throw new LongshoreError("invalid_payload", message, { issues: checked.issues });
  }
  const job = buildJob(request, checked.value, traits, platform, ids);
  return checked.value === input || "s" in job.headers ? job : checkRoundTrip(job, definition);
}

/**
 * A partition and id that replace those of the request: set by the job that it follows, or by the library (with a `$`).
 */
export type FixedIds = { readonly partition: string; readonly id?: string };

/** Makes the jobs of one call: all, or none. Fails as `newJob` does, and with `batch_too_large`. */
export async function newJobs(
  requests: readonly JobRequest<string>[],
  traits: Traits,
  platform: ClockAndIds,
): Promise<readonly NewJob[]> {
  checkBatch(requests);
  for (const request of requests) aRequest(request, "member of jobs");
  const made = requests.map((request) => makeJob(request, traits, platform));
  // Most schemas are synchronous; awaiting them would cost each job a turn.
  const jobs = made.some(isPromise) ? await Promise.all(made) : (made as NewJob[]); // none is a promise
  return linked(requests, jobs, traits);
}

function inputOf({ name }: AnyDefinition<string>): string {
  return `input of ${name}`;
}

/**
 * Without a fingerprint, a worker validates the stored output again. A schema that refuses its own output, or changes
 * it again, needs a `version`; otherwise its jobs would be accepted and never run.
 */
function checkRoundTrip(job: NewJob, { name, input }: AnyDefinition<string>): NewJob | Promise<NewJob> {
  const same = (again: Validated): NewJob => {
    if (again.issues === undefined && JSON.stringify(again.value) === job.payload) return job;
    const message = `The schema of ${name} does not take its own output as it is, and has no JSON Schema that a worker could know it by: give the definition a \`version\`.`;
    throw new LongshoreError("invalid_option", message);
  };
  const again = validate(input, decode(job.payload));
  return isPromise(again) ? andThen(again, same) : same(again);
}

function buildJob(
  request: JobRequest<string>,
  output: unknown,
  traits: Traits,
  platform: ClockAndIds,
  ids?: FixedIds,
): NewJob {
  const { definition, options } = request;
  const { name, queue } = definition;
  // The schema has just made it, so the definition's functions accept it.
  const input = output as never;
  checkTimeout(definition, traits);
  // Before the definition's functions, which expect JSON.
  const payload = encode(input, inputOf(definition), traits);
  // null does not count as omitted.
  const { id = definition.id?.(input), partition = definition.partition?.(input) } = ids
    ? { ...options, ...ids }
    : options;
  const { priority = definition.priority, metadata = definition.metadata?.(input) } = options;
  if (id !== undefined && id !== ids?.id) checkId(id, "id");
  checkFeature("id", id, traits.unique);
  if (partition !== undefined && partition !== ids?.partition) checkId(partition, "partition");
  if (priority !== undefined) checkInteger(priority, 0, 9, "priority");
  checkFeature("priority", priority, traits.ordered);
  const rule = options.unique ?? definition.unique;
  const unique =
    rule && uniqueOf(definition, { ...rule, key: options.unique ? rule.key : definition.unique?.key(input) });
  checkFeature("unique", unique && "a key", traits.uniqueKeys === true); // which may be personal
  const limits = limitsOf(definition, input);
  checkFeature("limits", limits && "a limit", traits.limits === true);
  checkFeature("order", limits?.ordered && "a key", traits.order === true);
  checkFeature("throttle", limits?.rate && "a throttle", traits.throttle === true);
  const startWithinMs =
    options.startWithin === undefined ? definition.startWithinMs : toMs(options.startWithin, "startWithin");
  checkFeature("startWithin", startWithinMs, traits.expiry === true);
  const job: NewJob = {
    id: id ?? platform.id(),
    partition,
    name,
    queue,
    payload,
    headers: encodeHeaders(headersOf(definition, options), metadata),
    priority: priority ?? DEFAULT_PRIORITY,
    due: dueOf(options, traits),
    keepMs: options.keep === undefined ? definition.keepMs : toMs(options.keep, "keep"),
  };
  if (unique === undefined && limits === undefined && startWithinMs === undefined) return job;
  return {
    ...job,
    ...(unique && { unique }),
    ...(limits && { limits }),
    ...(startWithinMs !== undefined && { startWithinMs }),
  };
}

/** The definition's headers, and this job's own limits. */
function headersOf({ headers, retry, timeoutMs }: AnyDefinition<string>, { attempts, timeout }: JobOptions): Headers {
  if (attempts !== undefined) checkInteger(attempts, 1, retry?.attempts ?? DEFAULT_ATTEMPTS, "attempts of a job");
  let ownMs: number | undefined;
  if (timeout !== undefined) {
    duration(1)(timeout, "timeout");
    ownMs = toMs(timeout);
    if (ownMs > timeoutMs) refuse("invalid_option", "timeout", `at most its definition's, ${timeoutMs} ms`, timeout);
  }
  return withLimit(withLimit(headers(), "a", attempts), "t", ownMs);
}

/** The id, partition and metadata of the library's own jobs. */
export type Reserved = Required<FixedIds> & { readonly metadata: Metadata };

/** Makes a job of the library's own. Its id, partition and metadata begin with a `$`, which users' cannot. */
export async function reservedJob(
  request: JobRequest<string>,
  { id, partition, metadata }: Reserved,
  traits: Traits,
  platform: ClockAndIds,
): Promise<NewJob> {
  const job = await newJob(request, traits, platform, { id, partition });
  return { ...job, headers: withReserved(job.headers, metadata) };
}

const DEFAULT_PRIORITY = 5;

/** One shared object, because most jobs are due at once and stores keep it per job. */
const AT_ONCE: Due = { inMs: 0 };

/** Fails with `invalid_option`, `invalid_duration` or `delay_too_long`. */
export function dueOf({ delay, runAt }: Pick<JobOptions, "delay" | "runAt">, { maxDelayMs }: Traits): Due {
  if (runAt !== undefined) {
    if (delay !== undefined) refuse("invalid_option", "runAt", "without delay", delay);
    const at = roundedUp(instantOf(runAt));
    checkInteger(at, 0, LATEST, "runAt, ms since the epoch or a Date,");
    if (at >= SECONDS.from && at < SECONDS.to)
      refuse("invalid_option", "runAt", "in ms since the epoch, not in seconds", at);
    return { at };
  }
  if (delay === undefined) return AT_ONCE;
  const inMs = delayToMs(delay);
  if (inMs > maxDelayMs) refuse("delay_too_long", "delay", `at most ${maxDelayMs} ms`, inMs);
  return { inMs };
}

/** The end of the year 9999. What is later was meant in microseconds, and would never run. */
const LATEST = 253_402_300_799_999;
/** The seconds of the years 2001 to 5138. As ms they are days of 1970 to 1973, and the job would run at once. */
const SECONDS = { from: 1e9, to: 1e11 };

/** For callers that the compiler cannot check: without types, or with an adapter known only at run time. */
function checkFeature(feature: Feature, asked: string | number | undefined, has: boolean): void {
  if (!has && asked !== undefined) refuse("invalid_option", feature, "left out on this backend", asked);
}

/** Fails with `timeout_too_long` if the runtime would end the run before its timeout. */
export function checkTimeout({ name, timeoutMs }: AnyDefinition<string>, { maxRunMs }: Traits): void {
  if (timeoutMs > maxRunMs) refuse("timeout_too_long", `timeout of ${name}`, `at most ${maxRunMs} ms`, timeoutMs);
}
