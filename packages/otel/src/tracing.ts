import { type Checks, aBoolean, checkOptions, withMethods } from "@longshore/core/adapter";
import { type TextMapPropagator, type Tracer, propagation, trace } from "@opentelemetry/api";
import { type ExceptionLogger, globalLogger } from "./logger.ts";
import { NAME, VERSION } from "./scope.ts";

export type TraceOptions = {
  /** Default: that of the globally registered provider, whenever it is registered. */
  readonly tracer?: Tracer | undefined;
  /**
   * Carries the trace context in the job's metadata. Default: the globally registered one. Pass one
   * (`new W3CTraceContextPropagator()`) if nothing is registered globally, as on Workers: without any, consumer spans
   * have no link to their producer.
   */
  readonly propagator?: TextMapPropagator | undefined;
  /**
   * Records exceptions, each as an event in the span's context. Default: the globally registered provider's, if the API
   * is 1.10 or newer. Without any, spans still say that they failed, and with what (`error.type`).
   */
  readonly logger?: ExceptionLogger | undefined;
  /**
   * Whether to record an error's message (1 000 characters) and stack (3 000). Default: false, because a message may
   * quote the payload. The error's class is always recorded.
   */
  readonly recordMessages?: boolean | undefined;
};

export type Tracing = {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  readonly logger: () => ExceptionLogger | undefined;
  readonly recordMessages: boolean;
};

const CHECKS: Checks<TraceOptions> = {
  tracer: withMethods("startSpan"),
  propagator: withMethods("inject", "extract", "fields"),
  logger: withMethods("emit"),
  recordMessages: aBoolean,
};

/** Checks the options and fills in defaults. Fails with `invalid_option`, which names `owner`. */
export function tracingOf(owner: string, options: TraceOptions): Tracing {
  checkOptions(owner, options, CHECKS);
  const { tracer = trace.getTracer(NAME, VERSION), propagator = propagation, recordMessages = false } = options;
  const logger = (): ExceptionLogger | undefined => options.logger ?? globalLogger();
  return { tracer, propagator, logger, recordMessages };
}
