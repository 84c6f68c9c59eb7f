import api, { type Context } from "@opentelemetry/api";
import { NAME, VERSION } from "./scope.ts";

/** The part of an OpenTelemetry logger (Logs API) that is used here, to record exceptions. */
export type ExceptionLogger = {
  emit(record: {
    readonly eventName: string;
    readonly severityNumber: number;
    readonly attributes: Record<string, string>;
    readonly context: Context;
  }): void;
};

/**
 * The logger of the global provider, whenever that is registered. The API has logs since 1.10. Before that they are a
 * separate package, whose loggers must be passed as an option. Uses the default export, because importing a missing
 * name of an older API would keep this module from loading.
 */
export function globalLogger(): ExceptionLogger | undefined {
  const { logs } = api as { readonly logs?: { getLogger(name: string, version: string): ExceptionLogger } }; // from 1.10
  return logs?.getLogger(NAME, VERSION);
}
