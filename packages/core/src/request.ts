import { encode, encodeHeaders } from "./codec.ts";
import type { Adapter, Due, NewJob, Traits } from "./contract.ts";
import { toMs } from "./duration.ts";
import { LongshoreError } from "./errors.ts";
import { byteLength } from "./failure.ts";
import type { AnyDefinition, JobOptions } from "./job.ts";
import { checkId, checkInteger, checkMetadata, show } from "./limits.ts";
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
    throw new LongshoreError(
      "invalid_payload",
      `The input of ${name} does not fit its schema: ${describeIssues(issues)}.`,
    );
  }
  checkTimeout(definition, traits);
  // Its schema has just accepted it: it is what the definition's functions take.
  const accepted = input as never;
  const asked = options.id ?? definition.id?.(accepted);
  if (asked !== undefined) checkAsked(asked, traits);
  if (options.priority !== undefined || definition.uses.includes("priority")) checkOrdered(traits);
  const partition = options.partition ?? definition.partition?.(accepted);
  if (partition !== undefined) checkId(partition, "partition");
  const priority = options.priority ?? definition.priority;
  if (priority !== definition.priority) checkInteger(priority, 0, 9, "A priority", "invalid_option");
  const metadata = options.metadata ?? definition.metadata?.(accepted);
  if (metadata !== undefined) checkMetadata(metadata);
  const payload = encode(input, `input of ${name}`);
  checkSize(payload, name, traits);
  const job = {
    id: asked ?? platform.id(),
    name,
    queue: definition.queue,
    payload,
    headers: encodeHeaders(metadata),
    priority,
    due: dueOf(options, traits),
    keepMs: definition.keepMs,
  };
  return partition === undefined ? job : { ...job, partition };
}

const AT_ONCE: Due = Object.freeze({ inMs: 0 });

function dueOf({ delay, runAt }: JobOptions, traits: Traits): Due {
  if (delay === undefined && runAt === undefined) return AT_ONCE;
  if (delay !== undefined && runAt !== undefined) {
    throw new LongshoreError("invalid_option", "Give a delay or a runAt, not both.");
  }
  if (delay !== undefined) {
    const inMs = toMs(delay, "delay");
    if (inMs <= traits.maxDelayMs) return { inMs };
    throw new LongshoreError(
      "delay_too_long",
      `The backend takes delays of at most ${traits.maxDelayMs} ms; got ${inMs} ms.`,
    );
  }
  const at = Number(runAt);
  checkInteger(at, 0, 8.64e15, "A runAt in ms since the epoch", "invalid_option");
  return { at };
}

function checkAsked(id: string, traits: Traits): void {
  checkId(id, "id");
  if (traits.unique) return;
  throw new LongshoreError(
    "invalid_option",
    `This backend cannot keep ids unique, so ${show(id)} would not stop a second job. Pair it with a store, or leave the id out.`,
  );
}

function checkOrdered(traits: Traits): void {
  if (traits.ordered) return;
  throw new LongshoreError(
    "invalid_option",
    "This backend knows no priorities. Pair it with a store, or leave the priority out.",
  );
}

/** Fails with `timeout_too_long` where the runtime would end the run before its timeout does. */
export function checkTimeout({ name, timeoutMs }: AnyDefinition, traits: Traits): void {
  if (timeoutMs <= traits.maxRunMs) return;
  throw new LongshoreError(
    "timeout_too_long",
    `${name} has a timeout of ${timeoutMs} ms, but this backend's runtime ends a run after ${traits.maxRunMs} ms. Cut the work into smaller jobs.`,
  );
}

function checkSize(payload: string, name: string, { maxPayloadBytes }: Traits): void {
  // UTF-8 takes at most three bytes per UTF-16 unit: most payloads need no counting.
  if (payload.length * 3 <= maxPayloadBytes) return;
  const bytes = byteLength(payload);
  if (bytes <= maxPayloadBytes) return;
  throw new LongshoreError(
    "payload_too_large",
    `The input of ${name} has ${bytes} bytes as JSON, this backend takes ${maxPayloadBytes}. Store the data elsewhere and pass its key.`,
  );
}
