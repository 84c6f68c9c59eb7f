import type { JobEvent } from "./events.ts";
import { aFunction } from "../values/options.ts";
import { dateAt } from "../runtime/platform.ts";

/**
 * An event listener that writes one JSON line per attempt: the job's metadata, `job_id`, `job_name`, `queue`,
 * `attempt`, `status` (`completed`, `failed`, `dead`, `snoozed` or `lease_lost`), `error` and `stack` on failure,
 * `started_at`, `duration_ms`, `timestamp`. Payloads and results are never logged.
 */
export function jsonLines(write: (line: string) => void): (event: JobEvent) => void {
  aFunction(write, "writer of jsonLines");
  return (event) => {
    // Only events about the end of an attempt have `startedAt`.
    if (!("startedAt" in event)) return;
    const { job, type, attempt, startedAt, at } = event;
    const failure = "failure" in event ? event.failure : undefined;
    write(
      JSON.stringify({
        ...job.metadata,
        job_id: job.id,
        job_name: job.name,
        queue: job.queue,
        attempt,
        status: type === "leaseLost" ? "lease_lost" : type,
        error: failure?.message,
        stack: failure?.stack,
        started_at: dateAt(startedAt).toISOString(),
        duration_ms: at - startedAt,
        timestamp: dateAt(at).toISOString(),
      }),
    );
  };
}
