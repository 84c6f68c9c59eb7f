import { type Checks, aBoolean, checkOptions, having } from "@longshore/core/adapter";
import { type TextMapPropagator, type Tracer, propagation, trace } from "@opentelemetry/api";
import { type ExceptionLogger, globalLogger } from "./logger.ts";
import { NAME, VERSION } from "./scope.ts";

export type TraceOptions = {
  /** Default: that of the globally registered provider, whenever it is registered. */
  readonly tracer?: Tracer | undefined;
  /**
   * Carries the trace context in the job's metadata. Default: the globally registered one. Give one
   * (`new W3CTraceContextPropagator()`) where nothing is registered globally, as on Workers: without any, consumer spans
   * have no link to their producer.
   */
  readonly propagator?: TextMapPropagator | undefined;
  /**
   * Hears of exceptions, each an event in the span's context. Default: that of the globally registered provider, where
   * the API is 1.10 or newer. Without any, spans still say that they failed, and as what (`error.type`).
   */
  readonly logger?: ExceptionLogger | undefined;
  /**
   * Records what errors say, too: their message (1 000 characters) and stack (3 000). Default: false, because a message
   * may quote the payload. The class of the error is always recorded.
   */
  readonly recordMessages?: boolean | undefined;
};

/** The options with their defaults. */
export type Tracing = {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  readonly logger: () => ExceptionLogger | undefined;
  readonly recordMessages: boolean;
};

const CHECKS: Checks<TraceOptions> = {
  tracer: having("startSpan"),
  propagator: having("inject", "extract", "fields"),
  logger: having("emit"),
  recordMessages: aBoolean,
};

/** Fails with `invalid_option`; `owner` is what the options are given to. */
export function tracingOf(owner: string, options: TraceOptions): Tracing {
  checkOptions(owner, options, CHECKS);
  const { tracer = trace.getTracer(NAME, VERSION), propagator = propagation, recordMessages = false } = options;
  const logger = (): ExceptionLogger | undefined => options.logger ?? globalLogger();
  return { tracer, propagator, logger, recordMessages };
}
