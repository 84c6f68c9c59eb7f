import { pauseAfterFailures } from "./backend.ts";
import type { SettleAnswer } from "../contract/contract.ts";
import type { EnqueueAnswer } from "../contract/enqueue.ts";
import { type Emit, emitEnqueue } from "../events/events.ts";
import { isAccepted } from "../contract/lifecycle.ts";
import { logTo } from "../runtime/logger.ts";
import { RELEASE } from "../contract/outcome.ts";
import type { Run, Settler } from "./run.ts";
import type { Services } from "./services.ts";
import { freeSlots } from "./slots.ts";

/** Why the backend refused an outcome. */
export type Lost = "taken" | "cancelled" | "expired";

const MOST_TRIES = 12;
/** So many calls are under way at a time; what is decided meanwhile goes with the next (docs/decisions/0025). */
const MOST_CALLS = 4;
type Line = { waiting: Run[]; calls: number };

/**
 * Settles outcomes. Runs that are decided in the same turn, or while others are settled, are settled in one call, each
 * with its own answer. A failed call is repeated job by job while the lease holds; the handler never runs again for it.
 */
export function createSettler(
  { backend, platform, emit, work }: Services,
  /** Called once for each run. */
  settled: (run: Run, lost?: Lost) => void,
): (run: Run) => void {
  let pending: Run[] = [];
  const lines = new Map<Settler, Line>();

  const take = (run: Run, answer: SettleAnswer | undefined, tries: number): void => {
    const { completion } = run;
    if (completion && (answer === "repeated" || answer === "gone")) {
      // The transaction of its handler has committed, which may have thrown because that reply was lost.
      run.outcome = completion.outcome;
      answer = completion.committed();
    }
    // `repeated` is about our own settlement only if we tried before.
    const taken = isAccepted(answer) || (answer === "repeated" && tries > 1);
    settled(run, taken ? undefined : answer === "cancelled" ? answer : "taken");
    if (typeof answer !== "object") return;
    emitFollowUps(run, answer.next, emit);
    const { freed = 0, buried = 0 } = answer;
    if (freed > 0) work.notify();
    if (buried > 0) run.log.error("jobs that came after this one are dead with it", { buried });
  };
  const send = async (runs: readonly Run[], tries: number, by: Settler = backend): Promise<void> => {
    let answers: readonly SettleAnswer[];
    try {
      answers = await by.settle(runs.map((run) => run.settlement()));
    } catch {
      if (by !== backend) return send(runs, tries + 1);
      const waitMs = pauseAfterFailures(tries);
      for (const run of runs) {
        if (tries > MOST_TRIES || platform.monotonic() + waitMs >= run.lease.until) settled(run, "expired");
        else platform.timer(waitMs, () => send([run], tries + 1));
      }
      return;
    }
    runs.forEach((run, i) => take(run, answers[i], tries));
  };
  const sendNext = async (by: Settler, line: Line): Promise<void> => {
    while (line.calls < MOST_CALLS && line.waiting.length > 0) {
      const runs = line.waiting;
      line.waiting = [];
      line.calls++;
      await send(runs, 1, by);
      line.calls--;
    }
    if (line.calls === 0) lines.delete(by);
  };
  const flush = (): void => {
    const runs = pending;
    pending = [];
    for (const run of runs) {
      const { settler = backend } = run.group;
      if (!run.completion) {
        const line = lines.get(settler) ?? { waiting: [], calls: 0 };
        lines.set(settler, line);
        line.waiting.push(run);
      } else if (run.completion.outcome === run.outcome) take(run, "repeated", 1);
      // Alone: its transaction may still be open, and locks the row.
      else void send([run], 1);
    }
    for (const [by, line] of lines) void sendNext(by, line);
    // Slots are free where none was, and the next claim does not wait for the answer. Where some were free before, the
    // last claim has taken what was due, and a store knows when the next job is.
    if (!backend.dueInMs || runs.some(({ slots }) => freeSlots(slots) <= runs.length)) work.notify();
  };

  return (run) => {
    // Other runs may be decided in the same turn: one call for all of them.
    if (pending.push(run) === 1) Promise.resolve().then(flush);
  };
}

/** Emits the answers for follow-up jobs. They are unknown if the reply was lost and the settlement repeated. */
function emitFollowUps(run: Run, answers: readonly EnqueueAnswer[], emit: Emit): void {
  run.settlement().next?.forEach((job, i) => {
    const answer = answers[i];
    if (answer) emitEnqueue(emit, job, answer);
    if (answer?.status === "failed") {
      run.log.error("a follow-up job was not enqueued", { follow_up_id: job.id, reason: answer.message });
    }
  });
}

/** Counts, logs and emits an outcome after the backend committed it. */
export function reportOutcome(run: Run, lost: Lost | undefined, { emit, log, logFailures }: Services): void {
  const { job, startedAt, outcome = RELEASE } = run;
  run.group.tally[lost ? "lost" : COUNTED[outcome.type]]++;
  if (logFailures && "failure" in outcome && !lost) {
    const { message, stack } = outcome.failure;
    const { id, name, queue, attempt } = job;
    const fields = { job_id: id, job_name: name, queue, attempt, error: message, stack };
    if (outcome.type === "dead") logTo(log, "error", "a job is dead", fields);
    else logTo(log, "warn", "an attempt failed", { ...fields, retry_in_ms: outcome.delayMs });
  }
  if (emit === undefined) return;
  const attempt = { job, attempt: job.attempt, startedAt };
  if (lost) return emit({ ...attempt, type: "leaseLost", reason: lost });
  // Without the result.
  if (outcome.type === "complete") return emit({ ...attempt, type: "completed" });
  emit({ ...attempt, ...outcome, type: COUNTED[outcome.type] } as Parameters<typeof emit>[0]); // the fields of its event
}

const COUNTED = { complete: "completed", retry: "failed", snooze: "snoozed", dead: "dead" } as const;

/** True if the settlement may have made a job due: a claim that was sent before it was committed cannot have seen it. */
export function mayMakeDue({ outcome, followers, next = followers, job }: Run): boolean {
  if (outcome?.type === "retry" || outcome?.type === "snooze" || next !== undefined) return true;
  return job.uniqueKey !== undefined || job.limited === true;
}
