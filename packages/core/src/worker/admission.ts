import { isReadable } from "../values/headers.ts";
import { isUnable } from "../contract/lifecycle.ts";
import type { LongshoreError } from "../values/errors.ts";
import { warnOnce } from "../runtime/logger.ts";
import { describeIssues } from "../values/issues.ts";
import { nearestFirst } from "../values/options.ts";
import type { Handler } from "./handler.ts";
import type { Run } from "./run.ts";
import type { Issue } from "../values/schema.ts";
import { nonRetryable, snooze } from "../retry/handler-errors.ts";

/**
 * Throws if a claimed job may not run: its name is unknown, its format is newer, crashes have used up its attempts, or
 * its `maxElapsed` has passed, even if no worker was there in time.
 */
export function admit(run: Run, handlers: ReadonlyMap<string, Handler>): Handler {
  const { job, handler } = run;
  if (!isReadable(job.headers)) throw leftToOthers(run, "a newer version of this library");
  if (handler === undefined) {
    const known =
      nearestFirst(job.name, [...handlers.keys()])
        .slice(0, 3)
        .join(", ") || "none";
    const advice = `deploy one, or correct the name (this worker handles ${known})`;
    throw leftToOthers(run, `a handler for ${job.name}`, advice);
  }
  const { attempts } = run;
  const maxElapsedMs = handler.definition.retry?.maxElapsedMs;
  if (job.attempt > attempts) {
    const spent = job.attempt - 1;
    // The store counts this claim, too: the failure has its number.
    const nothing = `attempt ${job.attempt} only found that, and ran nothing.`;
    if (job.stalled) throw nonRetryable(`The worker vanished during attempt ${spent} of ${attempts}; ${nothing}`);
    throw nonRetryable(`${spent} attempts are spent, and the job has ${attempts}; ${nothing}`);
  }
  if (maxElapsedMs !== undefined && run.ageMs > maxElapsedMs) {
    throw nonRetryable(
      `No attempt may begin later than ${maxElapsedMs} ms after the enqueue or the replay (maxElapsed).`,
    );
  }
  return handler;
}

/** The error for an input that the producer's schema accepted and this worker's refuses: it is older or newer. */
export function misfit(run: Run, issues: readonly Issue[]): LongshoreError {
  const schema = "the schema that made its input";
  return leftToOthers(run, `${schema} (that of the last one refuses it: ${describeIssues(issues)})`);
}

const GIVE_UP_MS = 86_400_000;
const LEAST_SNOOZE_MS = 1_000;
const MOST_SNOOZE_MS = 600_000;

/**
 * Gives a job back for a worker that has what it needs. If none could run it for a day, it is dead. Nothing is known of
 * workers that have not claimed it: one that has what it needs may be busy, or away.
 */
function leftToOthers({ job, services }: Run, needs: string, advice = "deploy one"): LongshoreError {
  const { name, queue } = job;
  const reason = `no worker has claimed it that has ${needs}`;
  const message = `this worker lacks ${needs}; such jobs wait for one that has it: ${advice}`;
  warnOnce(services.log, reason, message, { job_name: name, queue });
  const { snoozed } = job;
  // Counts all `no worker has` reasons as one, but no snooze of a handler.
  const waitedMs = snoozed && isUnable(snoozed.reason) ? snoozed.forMs : 0;
  if (waitedMs >= GIVE_UP_MS) return nonRetryable(`For a day ${reason}. Deploy one, then replay.`);
  // Waits as long again as it has waited: exponential backoff without a counter.
  return snooze(Math.min(Math.max(waitedMs, LEAST_SNOOZE_MS), MOST_SNOOZE_MS), reason);
}
