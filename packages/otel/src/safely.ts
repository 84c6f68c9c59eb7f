import { diag } from "@opentelemetry/api";

/**
 * Runs recording code so that it cannot harm a job: reports an error to the API's diagnostics and returns undefined.
 */
export function safely<T>(record: () => T): T | undefined {
  try {
    return record();
  } catch (error) {
    try {
      diag.warn("@longshore/otel could not record", error);
    } catch {
      // There is nowhere left to report it.
    }
    return undefined;
  }
}
