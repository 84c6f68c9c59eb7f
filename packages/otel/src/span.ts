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
import { ERROR_TYPE, type Operation, operationAttributes } from "./attributes.ts";
import { faultOf } from "./fault.ts";
import { safely } from "./safely.ts";
import type { Tracing } from "./tracing.ts";

/** A span that is open, and harms nobody: its methods never throw, and change nothing once it has ended. */
export type OpenSpan = {
  /** The one it was opened in, with the span as its active one. */
  readonly context: Context;
  set(attributes: Attributes): void;
  link(to: SpanContext): void;
  /** The operation failed: status, `error.type`, and the error as an event. */
  fail(error: unknown): void;
  end(): void;
  /** Calls the function once, in the span's context. */
  within<T>(work: () => Promise<T>): Promise<T>;
};

export type SpanRequest = {
  readonly kind: SpanKind;
  readonly operation: Operation;
  /** Undefined where several are concerned. */
  readonly queue: string | undefined;
  readonly job: string | undefined;
  readonly attributes: Attributes;
  readonly links?: readonly SpanContext[];
};

export function openSpan({ tracer, recordMessages }: Tracing, request: SpanRequest): OpenSpan {
  const { kind, operation, queue, job, attributes, links = [] } = request;
  const outer = safely(() => context.active()) ?? ROOT_CONTEXT;
  const name = queue === undefined ? operation : `${operation} ${queue}`;
  const options = {
    kind,
    attributes: { ...operationAttributes(operation, queue, job), ...attributes },
    links: links.map((context) => ({ context })),
  };
  let span = safely(() => tracer.startSpan(name, options, outer));
  const inner = safely(() => span && trace.setSpan(outer, span)) ?? outer;
  return {
    context: inner,
    set: (attributes) => void safely(() => span?.setAttributes(attributes)),
    link: (to) => void safely(() => span?.addLink({ context: to })),
    fail(error) {
      const { type, message, stack } = faultOf(error, recordMessages);
      safely(() => {
        span?.setAttribute(ERROR_TYPE, type);
        span?.setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) });
        span?.recordException({ name: type, ...(message && { message }), ...(stack && { stack }) });
      });
    },
    end() {
      safely(() => span?.end());
      span = undefined;
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
