import type { Adapter, SettleAnswer } from "./contract.ts";
import { LongshoreError } from "./errors.ts";
import type { Emit } from "./events.ts";
import type { Run } from "./execute.ts";
import type { Logger } from "./logger.ts";
import { type Platform, withDeadline } from "./platform.ts";

export type LostReason = "taken" | "cancelled" | "expired";

/**
 * Hands outcomes to the backend. Runs that are decided together are settled in one call, each with an answer of
 * its own; a call that fails is repeated job by job, for as long as the lease is held, and never re-runs a handler.
 */
export type Settler = { add(run: Run): void };

const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 10_000;
const MOST_TRIES = 12;

export function createSettler(
  adapter: Adapter,
  platform: Platform,
  log: Logger,
  /** Each run exactly once, with the backend's answer or with why there is none. */
  settled: (runs: readonly Run[], answers: readonly (SettleAnswer | LostReason)[], tries: number) => void,
): Settler {
  let pending: Run[] = [];

  const send = (runs: readonly Run[], tries: number): void => {
    withDeadline(platform, adapter.traits.leaseMs, "settle", () => call(runs)).then(
      (answers) => settled(runs, answers, tries),
      (error: unknown) => {
        log.warn("settling failed, trying again while the lease is held", { error });
        for (const run of runs) again(run, tries + 1);
      },
    );
  };
  const call = async (runs: readonly Run[]): Promise<readonly SettleAnswer[]> => {
    const answers = await adapter.settle(runs.map((run) => run.settlement()));
    if (answers.length === runs.length) return answers;
    throw new LongshoreError("backend_timeout", `Only ${answers.length} of ${runs.length} settlements were answered.`);
  };
  const again = (run: Run, tries: number): void => {
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), MOST_WAIT_MS);
    if (tries > MOST_TRIES || platform.now() + waitMs >= run.lease.until) return settled([run], ["expired"], tries);
    platform.timer(waitMs, () => send([run], tries));
  };
  const flush = (): void => {
    const runs = pending;
    pending = [];
    send(runs, 0);
  };

  return {
    add(run) {
      // The turn that decided this run may decide others: one call for all of them.
      if (pending.push(run) === 1) Promise.resolve().then(flush);
    },
  };
}

/** Tells what the backend committed, after it did. */
export function tell(run: Run, answer: SettleAnswer | LostReason, tries: number, emit: Emit, at: number): void {
  const { outcome } = run;
  const { tally } = run.group;
  if (answer === "accepted" || (answer === "repeated" && tries > 0)) {
    if (outcome === undefined) return;
    tally[COUNTED[outcome.type]]++;
    if (emit === undefined) return;
    const attempt = { at, job: run.eventJob, attempt: run.attempt, startedAt: run.startedAt };
    switch (outcome.type) {
      case "complete":
        return emit({ type: "completed", ...attempt });
      case "retry":
        return emit({ type: "failed", ...attempt, failure: outcome.failure, retryInMs: outcome.delayMs });
      case "snooze":
        return emit({ type: "snoozed", ...attempt, delayMs: outcome.delayMs });
      case "dead":
        return emit({ type: "dead", ...attempt, failure: outcome.failure });
    }
  }
  tally.lost++;
  const reason = answer === "cancelled" || answer === "expired" ? answer : "taken";
  emit?.({ type: "leaseLost", at, job: run.eventJob, attempt: run.attempt, startedAt: run.startedAt, reason });
}

const COUNTED = { complete: "completed", retry: "failed", snooze: "snoozed", dead: "dead" } as const;
