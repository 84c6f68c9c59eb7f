import { encode, encodeHeaders } from "./codec.ts";
import type { Adapter, Due, NewJob, Traits } from "./contract.ts";
import { toMs } from "./duration.ts";
import { refuse } from "./errors.ts";
import type { AnyDefinition, Feature, JobOptions, JobRequest } from "./job.ts";
import { checkId, checkInteger } from "./limits.ts";
import type { Platform } from "./platform.ts";
import { type Validated, accepted } from "./standard.ts";

/** The features that an adapter's traits grant; the others are compile errors, and refused at run time. */
export type FeaturesOf<A extends Adapter> =
  | (A["traits"]["unique"] extends true ? "id" : never)
  | (A["traits"]["ordered"] extends true ? "priority" : never);

/**
 * Checks a request against its schema and the adapter's limits, and makes it a job. Nothing is sent before every job
 * of a call has passed. Answers a promise only where the schema does.
 */
export function newJob(request: JobRequest, traits: Traits, platform: Platform): NewJob | Promise<NewJob> {
  const checked = request.definition.input["~standard"].validate(request.input);
  return checked instanceof Promise
    ? checked.then((answer) => build(request, answer, traits, platform))
    : build(request, checked, traits, platform);
}

function build(request: JobRequest, checked: Validated, traits: Traits, platform: Platform): NewJob {
  const { definition, input, options } = request;
  const { name, queue, keepMs } = definition;
  accepted(checked, "invalid_payload", `The input of ${name}`);
  // Its schema has just accepted it: it is what the definition's functions take.
  const known = input as never;
  checkTimeout(definition, traits);
  checkFeature(request, "id", traits.unique);
  checkFeature(request, "priority", traits.ordered);
  const id = options.id ?? definition.id?.(known);
  if (id !== undefined) checkId(id, "id");
  const partition = options.partition ?? definition.partition?.(known);
  if (partition !== undefined) checkId(partition, "partition");
  const { priority = definition.priority } = options;
  checkInteger(priority, 0, 9, "A priority");
  return {
    id: id ?? platform.id(),
    partition,
    name,
    queue,
    payload: encode(input, `input of ${name}`, traits),
    headers: encodeHeaders(options.metadata ?? definition.metadata?.(known)),
    priority,
    due: dueOf(options, traits),
    keepMs,
  };
}

const AT_ONCE: Due = Object.freeze({ inMs: 0 });
/** The last instant that a Date can hold. */
const LATEST = 8.64e15;

function dueOf({ delay, runAt }: JobOptions, { maxDelayMs }: Traits): Due {
  if (runAt !== undefined) {
    if (delay !== undefined) refuse("invalid_option", "A runAt", "without a delay", delay);
    const at = Number(runAt);
    checkInteger(at, 0, LATEST, "A runAt in ms since the epoch");
    return { at };
  }
  if (delay === undefined) return AT_ONCE;
  const inMs = toMs(delay, "delay");
  if (inMs > maxDelayMs) refuse("delay_too_long", "A delay here", `at most ${maxDelayMs} ms`, inMs);
  return { inMs };
}

/** For callers whom the compiler could not tell: their adapter was known too late, or they have no types. */
function checkFeature({ definition, options }: JobRequest, feature: Feature, has: boolean): void {
  if (has || (options[feature] === undefined && !definition.uses.includes(feature))) return;
  const expected = "left out: this backend has none (pair it with a store)";
  refuse("invalid_option", `The ${feature} of ${definition.name}`, expected, options[feature]);
}

/** Fails with `timeout_too_long` where the runtime would end the run before its timeout does. */
export function checkTimeout({ name, timeoutMs }: AnyDefinition, { maxRunMs }: Traits): void {
  if (timeoutMs <= maxRunMs) return;
  const expected = `at most ${maxRunMs} ms, the longest run of this backend (cut the work into smaller jobs)`;
  refuse("timeout_too_long", `The timeout of ${name}`, expected, timeoutMs);
}
