import type { Attributes } from "@opentelemetry/api";

/**
 * Names from OpenTelemetry's messaging conventions 1.45 (https://opentelemetry.io/docs/specs/semconv/messaging/), and
 * our own, `messaging.longshore.*`, for what the conventions do not name.
 */
export const DESTINATION = "messaging.destination.name";
export const MESSAGE_ID = "messaging.message.id";
export const MESSAGE_COUNT = "messaging.batch.message_count";
export const ERROR_TYPE = "error.type";
export const JOB_NAME = "messaging.longshore.job.name";
export const ATTEMPT = "messaging.longshore.job.attempt";
export const OUTCOME = "messaging.longshore.job.outcome";
export const ENQUEUE_STATUS = "messaging.longshore.enqueue.status";
export const FAILED_COUNT = "messaging.longshore.enqueue.failed_count";

export const EXCEPTION_TYPE = "exception.type";
export const EXCEPTION_MESSAGE = "exception.message";
export const EXCEPTION_STACK = "exception.stacktrace";

/** The conventions' name for an error of no known class. */
export const OTHER_ERROR = "_OTHER";

/** An operation's name and its type are the same word here. */
export type Operation = "send" | "process";

/** Exceptions are log events, with the conventions' severities: WARN and ERROR. */
export const EXCEPTIONS: Readonly<Record<Operation, { readonly event: string; readonly severity: number }>> = {
  send: { event: "messaging.send.exception", severity: 13 },
  process: { event: "messaging.process.exception", severity: 17 },
};

/** The attributes of every span and every measurement. */
export function operationAttributes(
  operation: Operation,
  queue: string | undefined,
  job: string | undefined,
): Attributes {
  return {
    // Version 1.45 of the conventions renamed it, but today's tools look for the old name.
    "messaging.system": "longshore",
    "messaging.system.name": "longshore",
    "messaging.operation.name": operation,
    "messaging.operation.type": operation,
    [DESTINATION]: queue,
    [JOB_NAME]: job,
  };
}
