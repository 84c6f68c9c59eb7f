import type { ClaimedJob } from "../contract/contract.ts";
import type { Failure, JobData } from "../contract/job.ts";
import type { Snoozed } from "../contract/lifecycle.ts";

/**
 * The content of a message: one line with our mark and the format, then the payload unchanged. It is text because
 * escapes would make a payload grow inside JSON, so its size could not be promised.
 */
export type Envelope = JobEnvelope | CarriedEnvelope | DeadEnvelope;

/** A job of this queue. */
export type JobEnvelope = JobData & {
  readonly kind: "job";
  /** When the job was enqueued, in ms since the epoch. Follow-up messages of the job keep it. */
  readonly sentAt: number;
  readonly dueAt: number;
  /** How many attempts earlier messages of this job used. */
  readonly attempts: number;
  /** How many deliveries of this message come too early, and only hide it: not attempts. Left out where it is none. */
  readonly hides?: number | undefined;
  /** Why the job was given back, and since when for this reason. */
  readonly snoozed?: Snoozed | undefined;
};

/** A job that was claimed in a store. */
export type CarriedEnvelope = ClaimedJob & { readonly kind: "carried"; readonly carriedAt: number };

/** A job that will not be retried. */
type DeadEnvelope = JobData & {
  readonly kind: "dead";
  readonly sentAt: number;
  readonly attempts: number;
  readonly diedAt: number;
  readonly failure: Failure;
};

/** `newer`: a later version of this library sent it. `foreign`: it is not ours. */
export type Decoded = Envelope | { readonly kind: "newer" } | { readonly kind: "foreign" };

const FORMAT = "1";
const FOREIGN: Decoded = { kind: "foreign" };

export function encode({ payload, ...head }: Envelope): string {
  return `longshore/${FORMAT} ${JSON.stringify(head)}\n${payload}`;
}

export function decode(body: unknown): Decoded {
  if (typeof body !== "string") return FOREIGN;
  const [mark, format] = /^longshore\/(\d{1,9}) /.exec(body) ?? [];
  if (mark === undefined) return FOREIGN;
  if (format !== FORMAT) return { kind: "newer" };
  const end = body.indexOf("\n");
  try {
    const head: unknown = JSON.parse(body.slice(mark.length, end));
    return isHead(head) ? ({ ...head, payload: body.slice(end + 1) } as Envelope) : FOREIGN; // `isHead` checked the rest
  } catch {
    return FOREIGN;
  }
}

/** The required fields besides `kind` and `headers`, with their types, by kind. */
const FIELDS: Readonly<Record<Envelope["kind"], Readonly<Record<string, "string" | "number" | "boolean">>>> = {
  job: { sentAt: "number", dueAt: "number", attempts: "number" },
  carried: {
    carriedAt: "number",
    token: "number",
    attempt: "number",
    stalled: "boolean",
    ageMs: "number",
    waitedMs: "number",
  },
  dead: { sentAt: "number", attempts: "number", diedAt: "number" },
};
const DATA = { id: "string", name: "string", queue: "string", priority: "number" } as const;

/** Any sender can put anything into the queue, and a body without a required field must not reach a worker. */
function isHead(head: unknown): head is object {
  if (!isRecord(head)) return false;
  const { kind, partition, headers, failure, snoozed, hides } = head;
  if (kind !== "job" && kind !== "carried" && kind !== "dead") return false;
  return (
    Object.entries({ ...DATA, ...FIELDS[kind] }).every(([key, type]) => typeof head[key] === type) &&
    (partition === undefined || typeof partition === "string") &&
    isRecord(headers) &&
    Object.values(headers).every((text) => typeof text === "string") &&
    (hides === undefined || typeof hides === "number") &&
    (snoozed === undefined || (isRecord(snoozed) && typeof snoozed["reason"] === "string")) &&
    (kind !== "dead" || (isRecord(failure) && typeof failure["message"] === "string"))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Picks a job's own fields out of a `NewJob` or an envelope. */
export function dataOf({ id, partition, name, queue, payload, headers, priority }: JobData): JobData {
  return { id, partition, name, queue, payload, headers, priority };
}
