import { diag } from "@opentelemetry/api";

/** Nothing that records may harm a job: what it throws goes to the API's own diagnostics, and the answer is undefined. */
export function safely<T>(record: () => T): T | undefined {
  try {
    return record();
  } catch (error) {
    try {
      diag.warn("@longshore/otel could not record", error);
    } catch {
      // There is nowhere left to say so.
    }
    return undefined;
  }
}
