import { SpanKind } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
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
  const options: TraceOptions = { tracer: provider.getTracer("test"), propagator: new W3CTraceContextPropagator() };
  const ofKind = (kind: SpanKind) => exporter.getFinishedSpans().filter((span) => span.kind === kind);
  return {
    options,
    tracer: provider.getTracer("test"),
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
