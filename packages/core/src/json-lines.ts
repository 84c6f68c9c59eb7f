import type { JobEvent } from "./events.ts";
import { isoTime } from "./platform.ts";

/**
 * An event listener that writes one JSON line per attempt: `job_id`, `job_type`, the job's metadata, `attempt`,
 * `status`, `error` and `stack` on failure, `started_at`, `duration_ms`, `timestamp`. Payloads are never logged.
 */
export function jsonLines(write: (line: string) => void): (event: JobEvent) => void {
  return (event) => {
    const status = STATUS[event.type];
    if (status === undefined || !("startedAt" in event)) return;
    const failure = "failure" in event ? event.failure : undefined;
    write(
      JSON.stringify({
        ...event.job.metadata,
        job_id: event.job.id,
        job_type: event.job.name,
        attempt: event.attempt,
        status,
        error: failure?.message,
        stack: failure?.stack,
        started_at: isoTime(event.startedAt),
        duration_ms: event.at - event.startedAt,
        timestamp: isoTime(event.at),
      }),
    );
  };
}

const STATUS: Partial<Record<JobEvent["type"], string>> = {
  completed: "completed",
  failed: "failed",
  dead: "dead",
  snoozed: "snoozed",
  leaseLost: "lease_lost",
};
