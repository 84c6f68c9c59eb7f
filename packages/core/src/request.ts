import { encode, encodeHeaders } from "./codec.ts";
import type { Adapter, Due, NewJob, Traits } from "./contract.ts";
import { toMs } from "./duration.ts";
import { refuse } from "./errors.ts";
import {
  type AnyDefinition,
  type Feature,
  type JobOptions,
  type JobRequest,
  aDefinition,
  checkRequest,
} from "./job.ts";
import { checkId, checkInteger } from "./limits.ts";
import { type Stamps, instantOf } from "./platform.ts";
import { type Validated, accepted } from "./standard.ts";

/** The features that an adapter's traits grant; the others are compile errors, and refused at run time. */
export type FeaturesOf<A extends Adapter> =
  | (A["traits"]["unique"] extends true ? "id" : never)
  | (A["traits"]["ordered"] extends true ? "priority" : never);

/**
 * Checks a request against its schema and the adapter's limits, and makes it a job. Nothing is sent before every job
 * of a call has passed. Answers a promise only where the schema does.
 */
export function newJob(request: JobRequest, traits: Traits, platform: Stamps): NewJob | Promise<NewJob> {
  const { definition, options } = Object(request) as JobRequest; // whatever came instead is refused
  aDefinition(definition, "definition");
  checkRequest(definition.name, options);
  const checked = definition.input["~standard"].validate(request.input);
  return checked instanceof Promise
    ? checked.then((answer) => build(request, answer, traits, platform))
    : build(request, checked, traits, platform);
}

function build(request: JobRequest, checked: Validated, traits: Traits, platform: Stamps): NewJob {
  const { definition, options } = request;
  const { name, queue, keepMs } = definition;
  const what = `input of ${name}`;
  accepted(checked, "invalid_payload", what);
  // Its schema has just accepted it: it is what the definition's functions take.
  const input = request.input as never;
  checkTimeout(definition, traits);
  // What is null is not left out.
  const { id = definition.id?.(input), partition = definition.partition?.(input) } = options;
  const { priority = definition.priority, metadata = definition.metadata?.(input) } = options;
  if (id !== undefined) checkId(id, "id");
  checkFeature("id", id, traits.unique);
  if (partition !== undefined) checkId(partition, "partition");
  if (priority !== undefined) checkInteger(priority, 0, 9, "priority");
  checkFeature("priority", priority, traits.ordered);
  return {
    id: id ?? platform.id(),
    partition,
    name,
    queue,
    payload: encode(input, what, traits),
    headers: encodeHeaders(metadata),
    priority: priority ?? DEFAULT_PRIORITY,
    due: dueOf(options, traits),
    keepMs,
  };
}

const DEFAULT_PRIORITY = 5;

/** Shared, because most jobs are due at once and a store keeps each one's. */
const AT_ONCE: Due = { inMs: 0 };

function dueOf({ delay, runAt }: JobOptions, { maxDelayMs }: Traits): Due {
  if (runAt !== undefined) {
    if (delay !== undefined) refuse("invalid_option", "runAt", "without delay", delay);
    const at = instantOf(runAt);
    checkInteger(at, 0, LATEST, "runAt");
    return { at };
  }
  if (delay === undefined) return AT_ONCE;
  const inMs = toMs(delay, "delay");
  if (inMs > maxDelayMs) refuse("delay_too_long", "delay", `at most ${maxDelayMs} ms`, inMs);
  return { inMs };
}

/** The last instant that a Date can hold. */
const LATEST = 8.64e15;

/** For callers whom the compiler could not tell: their adapter was known too late, or they have no types. */
function checkFeature(feature: Feature, asked: string | number | undefined, has: boolean): void {
  if (!has && asked !== undefined) refuse("invalid_option", feature, "left out on this backend", asked);
}

/** Fails with `timeout_too_long` where the runtime would end the run before its timeout does. */
export function checkTimeout({ name, timeoutMs }: AnyDefinition, { maxRunMs }: Traits): void {
  if (timeoutMs > maxRunMs) refuse("timeout_too_long", `timeout of ${name}`, `at most ${maxRunMs} ms`, timeoutMs);
}
