import type { ClaimedJob, Failure, JobData, Snoozed } from "@longshore/core/adapter";

/**
 * What we put into a message: one line that says whose it is and of which format, then the payload as it is. Text
 * and not JSON, because a payload inside JSON would grow by its escapes, and its size could not be promised.
 */
export type Envelope = JobEnvelope | CarriedEnvelope | DeadEnvelope;

/** A job of this queue. */
export type JobEnvelope = JobData & {
  readonly kind: "job";
  /** When it was enqueued, in ms since the epoch; messages that follow it keep this. */
  readonly sentAt: number;
  readonly dueAt: number;
  /** The attempts that earlier messages of this job spent. */
  readonly attempts: number;
  /** Why it was given back, and since when this is the reason. */
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

/** What is there besides `kind`, `headers` and the optional: its type by kind. */
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

/** Whoever may send to the queue may send anything: a body that lacks a field must not reach a worker. */
function isHead(head: unknown): head is object {
  if (!isRecord(head)) return false;
  const { kind, partition, headers, failure, snoozed } = head;
  if (kind !== "job" && kind !== "carried" && kind !== "dead") return false;
  return (
    Object.entries({ ...DATA, ...FIELDS[kind] }).every(([key, type]) => typeof head[key] === type) &&
    (partition === undefined || typeof partition === "string") &&
    isRecord(headers) &&
    Object.values(headers).every((text) => typeof text === "string") &&
    (snoozed === undefined || (isRecord(snoozed) && typeof snoozed["reason"] === "string")) &&
    (kind !== "dead" || (isRecord(failure) && typeof failure["message"] === "string"))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What a job is, without what else a `NewJob` or an envelope says. */
export function dataOf({ id, partition, name, queue, payload, headers, priority }: JobData): JobData {
  return { id, partition, name, queue, payload, headers, priority };
}
