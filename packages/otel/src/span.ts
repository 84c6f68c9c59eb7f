import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  context,
  trace,
} from "@opentelemetry/api";
import {
  ERROR_TYPE,
  EXCEPTIONS,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACK,
  EXCEPTION_TYPE,
  type Operation,
  operationAttributes,
} from "./attributes.ts";
import { exceptionOf } from "./exception.ts";
import { safely } from "./safely.ts";
import type { Tracing } from "./tracing.ts";

/** An open span that can do no harm: its methods never throw, and do nothing once it has ended. */
export type OpenSpan = {
  /** The context in which it was opened, with this span as the active one. */
  readonly context: Context;
  set(attributes: Attributes): void;
  link(to: SpanContext): void;
  /** Marks the operation as failed: sets the status and `error.type`, and logs the exception as an event. */
  fail(error: unknown): void;
  end(): void;
  /** Calls the function once, in the span's context. */
  within<T>(work: () => Promise<T>): Promise<T>;
};

export type SpanRequest = {
  readonly kind: SpanKind;
  readonly operation: Operation;
  /** Undefined if there are several queues. */
  readonly queue: string | undefined;
  readonly job: string | undefined;
  readonly attributes: Attributes;
  readonly links?: readonly SpanContext[];
};

export function openSpan({ tracer, logger, recordMessages }: Tracing, request: SpanRequest): OpenSpan {
  const { kind, operation, queue, job, attributes, links = [] } = request;
  const outer = safely(() => context.active()) ?? ROOT_CONTEXT;
  const name = queue === undefined ? operation : `${operation} ${queue}`;
  const options = {
    kind,
    attributes: { ...operationAttributes(operation, queue, job), ...attributes },
    links: links.map((context) => ({ context })),
  };
  let span = safely(() => tracer.startSpan(name, options, outer));
  let ended = false;
  const inner = safely(() => span && trace.setSpan(outer, span)) ?? outer;
  return {
    context: inner,
    set: (attributes) => void safely(() => span?.setAttributes(attributes)),
    link: (to) => void safely(() => span?.addLink({ context: to })),
    fail(error) {
      if (ended) return;
      const { type, message, stack } = exceptionOf(error, recordMessages);
      safely(() => {
        span?.setAttribute(ERROR_TYPE, type);
        span?.setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) });
      });
      const { event, severity } = EXCEPTIONS[operation];
      const attributes = {
        [EXCEPTION_TYPE]: type,
        ...(message && { [EXCEPTION_MESSAGE]: message }),
        ...(stack && { [EXCEPTION_STACK]: stack }),
      };
      safely(() => logger()?.emit({ eventName: event, severityNumber: severity, attributes, context: inner }));
    },
    end() {
      safely(() => span?.end());
      span = undefined;
      ended = true;
    },
    within<T>(work: () => Promise<T>) {
      let working: Promise<T> | undefined;
      safely(() =>
        context.with(inner, () => {
          working = work();
        }),
      );
      return working ?? work();
    },
  };
}
