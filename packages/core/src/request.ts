import { encode, encodeHeaders } from "./codec.ts";
import type { Adapter, Due, NewJob, Traits } from "./contract.ts";
import { toMs } from "./duration.ts";
import { LongshoreError, check } from "./errors.ts";
import type { AnyDefinition, JobOptions } from "./job.ts";
import { checkId, checkInteger, checkMetadata } from "./limits.ts";
import type { Platform } from "./platform.ts";
import { describeIssues } from "./standard.ts";

/** The features that an adapter's traits grant; the others are compile errors, and refused at run time. */
export type FeaturesOf<A extends Adapter> =
  | (A["traits"]["unique"] extends true ? "id" : never)
  | (A["traits"]["ordered"] extends true ? "priority" : never);

/**
 * Checks an input and its options against the schema and the adapter's limits, and makes them a job.
 * Nothing is sent before every job of a call has passed. Answers a promise only where the schema does.
 */
export function newJob(
  definition: AnyDefinition,
  input: unknown,
  options: JobOptions,
  traits: Traits,
  platform: Platform,
): NewJob | Promise<NewJob> {
  const checked = definition.input["~standard"].validate(input);
  if (checked instanceof Promise) {
    return checked.then((result) => build(definition, input, options, traits, platform, result.issues));
  }
  return build(definition, input, options, traits, platform, checked.issues);
}

function build(
  definition: AnyDefinition,
  input: unknown,
  options: JobOptions,
  traits: Traits,
  platform: Platform,
  issues: Parameters<typeof describeIssues>[0] | undefined,
): NewJob {
  const { name } = definition;
  if (issues !== undefined) {
    throw new LongshoreError("invalid_payload", `The input of ${name} does not fit: ${describeIssues(issues)}.`);
  }
  // Its schema has just accepted it: it is what the definition's functions take.
  const accepted = input as never;
  checkTimeout(definition, traits);
  const asked = options.id ?? definition.id?.(accepted);
  if (asked !== undefined) {
    checkId(asked, "id");
    checkFeature(traits.unique, "unique ids");
  }
  const priority = options.priority ?? definition.priority;
  if (options.priority !== undefined || definition.uses.includes("priority")) {
    checkInteger(priority, 0, 9, "A priority");
    checkFeature(traits.ordered, "priorities");
  }
  const partition = options.partition ?? definition.partition?.(accepted);
  if (partition !== undefined) checkId(partition, "partition");
  const metadata = options.metadata ?? definition.metadata?.(accepted);
  if (metadata !== undefined) checkMetadata(metadata);
  const { queue, keepMs } = definition;
  return {
    id: asked ?? platform.id(),
    partition,
    name,
    queue,
    payload: encode(input, `input of ${name}`, traits),
    headers: encodeHeaders(metadata),
    priority,
    due: dueOf(options, traits),
    keepMs,
  };
}

const AT_ONCE: Due = Object.freeze({ inMs: 0 });

function dueOf({ delay, runAt }: JobOptions, traits: Traits): Due {
  if (runAt !== undefined) {
    check(delay === undefined, "invalid_option", "A runAt", "without a delay", delay);
    const at = Number(runAt);
    checkInteger(at, 0, LATEST, "A runAt in ms since the epoch");
    return { at };
  }
  if (delay === undefined) return AT_ONCE;
  const inMs = toMs(delay, "delay");
  check(inMs <= traits.maxDelayMs, "delay_too_long", "A delay here", `at most ${traits.maxDelayMs} ms`, inMs);
  return { inMs };
}

/** The last instant that a Date can hold. */
const LATEST = 8.64e15;

function checkFeature(has: boolean, what: string): void {
  if (has) return;
  throw new LongshoreError("invalid_option", `This backend has no ${what}: pair it with a store, or do without.`);
}

/** Fails with `timeout_too_long` where the runtime would end the run before its timeout does. */
export function checkTimeout({ name, timeoutMs }: AnyDefinition, { maxRunMs }: Traits): void {
  const expected = `at most ${maxRunMs} ms, the longest run of this backend (cut the work into smaller jobs)`;
  check(timeoutMs <= maxRunMs, "timeout_too_long", `The timeout of ${name}`, expected, timeoutMs);
}
