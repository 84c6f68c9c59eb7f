export { traceHandlers } from "./consumer.ts";
export { type MeterOptions, meterEvents } from "./meter.ts";
export type { ExceptionLogger } from "./logger.ts";
export { traceQueue } from "./producer.ts";
export type { TraceOptions } from "./tracing.ts";
