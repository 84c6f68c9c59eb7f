import { SpanKind } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { TraceOptions } from "../src/index.ts";

/** The real SDK, with what it exported at hand. Nothing is registered globally. */
export function recorder() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const logs = new InMemoryLogRecordExporter();
  const logger = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] }).getLogger(
    "test",
  );
  const propagator = new W3CTraceContextPropagator();
  const options: TraceOptions = { tracer: provider.getTracer("test"), propagator, logger };
  const ofKind = (kind: SpanKind) => exporter.getFinishedSpans().filter((span) => span.kind === kind);
  return {
    options,
    tracer: provider.getTracer("test"),
    /** The exceptions that were logged, each with the span that it belongs to. */
    exceptions: () =>
      logs.getFinishedLogRecords().map(({ eventName, severityNumber, attributes, spanContext }) => ({
        eventName,
        severityNumber,
        attributes,
        span: spanContext && `${spanContext.traceId}/${spanContext.spanId}`,
      })),
    spans: () => exporter.getFinishedSpans(),
    producers: () => ofKind(SpanKind.PRODUCER),
    consumers: () => ofKind(SpanKind.CONSUMER),
    /** The one of that kind; throws where there are more, or none. */
    producer: () => single(ofKind(SpanKind.PRODUCER)),
    consumer: () => single(ofKind(SpanKind.CONSUMER)),
  };
}

function single(spans: readonly ReadableSpan[]): ReadableSpan {
  const [span] = spans;
  if (span === undefined || spans.length > 1) throw new Error(`expected one span, got ${spans.length}`);
  return span;
}

/** What a span is linked to, as `traceId/spanId`. */
export function linksOf({ links }: ReadableSpan): string[] {
  return links.map(({ context }) => `${context.traceId}/${context.spanId}`);
}

export function nameOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext();
  return `${traceId}/${spanId}`;
}
