import { LongshoreError, codeOf } from "./errors.ts";

/** The verbs after whose failure nothing can have changed. */
const READS = /^(get|list|listSchedules|counts|depth|stats|workers|dueInMs)$/;

/**
 * For what calls an adapter without a queue or a worker: the error of a call whose backend failed, with the driver's
 * error as its cause. A `LongshoreError` is returned unchanged. Of the cause the message has only its kind: its own
 * message may quote a payload or an address.
 */
export function backendFailure(verb: string, cause: unknown): unknown {
  if (codeOf(cause) !== undefined) return cause;
  const outcome = READS.test(verb) ? "" : ", and may have done it or not";
  const message = `The backend failed to ${verb} (${kindOf(cause)})${outcome}: see the error's cause, and call again.`;
  return new LongshoreError("backend_failed", message, { cause });
}

/** A driver's code, such as ECONNREFUSED or 28P01, or the error's name: what a log shows of the cause. */
export function kindOf(cause: unknown): string {
  try {
    const { code, name } = Object(cause) as { readonly code?: unknown; readonly name?: unknown };
    return (
      [code, name].find((word): word is string => typeof word === "string" && /^\w{1,40}$/.test(word)) ?? "unknown"
    );
  } catch {
    return "unknown";
  }
}
