import api, { type Context } from "@opentelemetry/api";
import { NAME, VERSION } from "./scope.ts";

/** What exceptions are told to: a logger of OpenTelemetry's Logs API, of which this is all that is called. */
export type ExceptionLogger = {
  emit(record: {
    readonly eventName: string;
    readonly severityNumber: number;
    readonly attributes: Record<string, string>;
    readonly context: Context;
  }): void;
};

/**
 * That of the globally registered provider, whenever it is registered. The API has logs since 1.10; before, they are a
 * package of their own, whose loggers have to be handed over. By the default export, because an older API has no such
 * name, which would keep this module from loading.
 */
export function globalLogger(): ExceptionLogger | undefined {
  const { logs } = api as { readonly logs?: { getLogger(name: string, version: string): ExceptionLogger } }; // as of 1.10
  return logs?.getLogger(NAME, VERSION);
}
