import { LongshoreError } from "../values/errors.ts";
import { renew } from "./renew.ts";
import type { Run } from "./run.ts";
import type { Services } from "./services.ts";
import type { Lost } from "./settle.ts";

/** The timer-driven part of a worker: timeouts, renewals, leases that end, handlers that ignore their signal. */
export type Deadlines = {
  /** A run has started, and so has its timeout. */
  started(run: Run): void;
  /** Claimed leases must be renewed by this time, on the platform's monotonic clock. */
  renewBy(at: number): void;
  /** Aborts a running handler's signal, once. The handler has `ABANDON_MS` to stop. */
  abort(run: Run, reason: LongshoreError): void;
  /** No runs are held any more. */
  rest(): void;
};

/** How long a handler that ignores its signal keeps its slot. */
export const ABANDON_MS = 10_000;

export type DeadlinesOptions = {
  readonly held: ReadonlySet<Run>;
  /** Infinity if the backend has no `renew`. */
  readonly leaseMs: number;
  /** The attempt has failed with this error. */
  readonly fail: (run: Run, error: unknown) => void;
  /** The backend will refuse the outcome of this run. */
  readonly close: (run: Run, lost: Lost) => void;
  /** The handler has ignored its signal for too long. */
  readonly abandon: (run: Run) => void;
  /** Gives back a job that has not started. */
  readonly release: (run: Run) => void;
};

export function createDeadlines(
  services: Services,
  { held, leaseMs, fail, close, abandon, release }: DeadlinesOptions,
): Deadlines {
  const { platform } = services;
  let renewAt = Infinity;
  let wakeAt = Infinity;
  let stopTimer = (): void => {};

  /** Sets the one timer to the earliest time. */
  const wakeBy = (at: number): void => {
    if (at >= wakeAt) return;
    stopTimer();
    wakeAt = at;
    stopTimer = platform.timer(at - platform.monotonic(), check);
  };
  const abort = (run: Run, reason: LongshoreError): void => {
    if (run.phase !== "running" || run.reason !== undefined) return;
    run.abandonAt = platform.monotonic() + ABANDON_MS;
    wakeBy(run.abandonAt);
    run.abort(reason);
  };
  const timeOut = (run: Run): void => {
    const error = new LongshoreError("timeout", `No end within ${Math.round(run.deadline - run.beganAt)} ms.`);
    fail(run, error);
    abort(run, error);
  };
  const lose = (run: Run, reason: Lost): void => {
    const code = reason === "cancelled" ? reason : "lease_lost";
    abort(run, new LongshoreError(code, `The job is no longer ours: ${reason}.`));
    // An expired lease may not have been taken by anyone: if the handler still finishes, its outcome is sent.
    if (reason !== "expired" || run.phase !== "running") close(run, reason);
  };
  const renewAll = async (now: number): Promise<void> => {
    renewAt = now + leaseMs / 3;
    // Claimed for slots that did not become free: another worker may have some.
    for (const run of held) if (run.phase === "waiting" && run.group.isClaimed) release(run);
    try {
      const runs = [...held].filter((run) => !run.settled);
      await renew(services, runs, now, lose);
    } catch {
      renewAt = platform.monotonic() + leaseMs / 10;
    }
    if (held.size > 0) wakeBy(renewAt);
  };
  /** Does what is due, and sets the timer again. */
  const check = (): void => {
    wakeAt = Infinity;
    const now = platform.monotonic();
    for (const run of held) {
      if (run.phase === "running" && now >= dueAt(run)) {
        if (run.reason === undefined) timeOut(run);
        else abandon(run);
      }
      if (isLeased(run) && now >= run.lease.until) lose(run, "expired");
    }
    if (held.size > 0 && now >= renewAt) void renewAll(now);
    for (const run of held) {
      if (run.phase === "running") wakeBy(dueAt(run));
      if (isLeased(run)) wakeBy(run.lease.until);
    }
    if (held.size > 0) wakeBy(renewAt);
  };

  return {
    started: (run) => wakeBy(dueAt(run)),
    renewBy(at) {
      renewAt = Math.min(held.size === 0 ? Infinity : renewAt, at);
      wakeBy(renewAt);
    },
    abort,
    rest() {
      stopTimer();
      wakeAt = Infinity;
    },
  };
}

/** When a running handler times out, or is abandoned after its signal. */
function dueAt({ reason, deadline, abandonAt }: Run): number {
  return reason === undefined ? deadline : abandonAt;
}

/** True while the lease matters: the handler has no outcome and was not told to stop. */
export function isLeased(run: Run): boolean {
  return run.outcome === undefined && run.reason === undefined;
}
