import { LongshoreError } from "../values/errors.ts";
import { renew } from "./renew.ts";
import type { Run } from "./run.ts";
import type { Services } from "./services.ts";
import type { Lost } from "./settle.ts";

/** What time does to the runs in hand: timeouts, renewals, leases that end, handlers that ignore their signal. */
export type Sweep = {
  /** A run has started: its timeout counts. */
  started(run: Run): void;
  /** Leases were claimed that must be renewed by then, on the platform's monotonic clock. */
  renewBy(at: number): void;
  /** Tells a running handler to stop, once; it has `ABANDON_MS` to heed that. */
  abort(run: Run, reason: LongshoreError): void;
  /** Nothing is in hand any more. */
  rest(): void;
};

/** How long a handler that ignores its signal keeps its slot. */
export const ABANDON_MS = 10_000;

export type SweepOptions = {
  readonly held: ReadonlySet<Run>;
  /** Infinity where the backend renews nothing. */
  readonly leaseMs: number;
  /** The backend will not take what this run comes to. */
  readonly close: (run: Run, lost: Lost) => void;
  /** Its handler has ignored the signal for too long. */
  readonly abandon: (run: Run) => void;
};

export function createSweep(services: Services, { held, leaseMs, close, abandon }: SweepOptions): Sweep {
  const { platform } = services;
  let renewAt = Infinity;
  let wakeAt = Infinity;
  let stopTimer = (): void => {};

  /** One timer for all of it, set to the earliest. */
  const wakeBy = (at: number): void => {
    if (at >= wakeAt) return;
    stopTimer();
    wakeAt = at;
    stopTimer = platform.timer(at - platform.monotonic(), sweep);
  };
  const abort = (run: Run, reason: LongshoreError): void => {
    if (run.phase !== "running" || run.reason !== undefined) return;
    run.abandonAt = platform.monotonic() + ABANDON_MS;
    wakeBy(run.abandonAt);
    run.abort(reason);
  };
  const timeOut = (run: Run): void => {
    const error = new LongshoreError("timeout", `No end within ${run.deadline - run.beganAt} ms.`);
    run.fail(error);
    abort(run, error);
  };
  const lose = (run: Run, reason: Lost): void => {
    const code = reason === "cancelled" ? reason : "lease_lost";
    abort(run, new LongshoreError(code, `The job is no longer ours: ${reason}.`));
    // Nobody may have taken what only expired here: a handler that finishes all the same is heard.
    if (reason !== "expired" || run.phase !== "running") close(run, reason);
  };
  const renewAll = async (now: number): Promise<void> => {
    renewAt = now + leaseMs / 3;
    try {
      const runs = [...held].filter((run) => !run.settled);
      await renew(services, runs, now, lose);
    } catch {
      renewAt = platform.monotonic() + leaseMs / 10;
    }
    if (held.size > 0) wakeBy(renewAt);
  };
  const sweep = (): void => {
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

/** When time does something to a running handler. */
function dueAt({ reason, deadline, abandonAt }: Run): number {
  return reason === undefined ? deadline : abandonAt;
}

/** Its handler may still have its say, as long as the lease is ours. */
export function isLeased(run: Run): boolean {
  return run.outcome === undefined && run.reason === undefined;
}
