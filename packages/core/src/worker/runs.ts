import type { ClaimedJob, Outcome } from "../contract/contract.ts";
import { RELEASE } from "../contract/outcome.ts";
import { choosesOutcome } from "../retry/handler-errors.ts";
import type { LongshoreError } from "../values/errors.ts";
import { limitOf } from "../values/headers.ts";
import { admit } from "./admission.ts";
import { ABANDON_MS, createDeadlines, isLeased } from "./deadlines.ts";
import { withoutExpired } from "./expired.ts";
import { followersOf } from "./followers.ts";
import type { Handler } from "./handler.ts";
import { createHandling } from "./handling.ts";
import { outcomeOfError } from "./outcomes.ts";
import { Run, type RunGroup } from "./run.ts";
import type { Services } from "./services.ts";
import { type Lost, createSettler, reportOutcome, mayMakeDue } from "./settle.ts";
import { type QueueSlots, freeSlots, newQueueSlots } from "./slots.ts";
import { createYielder } from "./yielding.ts";

/** The jobs that a worker holds: waiting for a slot, running, or waiting for the answer to their settlement. */
export type Runs = {
  /** Takes claimed jobs. `sentAt`: when the claim was sent. `gate`: what their handlers wait for. */
  accept(jobs: readonly ClaimedJob[], sentAt: number, group: RunGroup, gate?: Promise<void>): void;
  /** How many more jobs each queue can take, now or ahead of its handlers' ends; full queues are omitted. */
  free(isAhead?: boolean): { name: string; limit: number }[];
  /** True if no handler runs, and none waits for a slot. */
  idle(): boolean;
  /** True if no jobs are held; abandoned handlers may still use slots. */
  empty(): boolean;
  // For one group, or for all:
  /** True while some outcome is not settled. */
  unsettled(group?: RunGroup): boolean;
  /** Gives back jobs that have not started. */
  releaseWaiting(group?: RunGroup): void;
  /** Gives back jobs without an outcome, even if their handlers still run. */
  release(group?: RunGroup): void;
  /** Aborts the signal of every running handler. */
  abort(reason: LongshoreError, group?: RunGroup): void;
  /** Takes their slots from handlers that still run. */
  abandon(): void;
};

const OPEN = Promise.resolve();

/** Slots for delivered jobs of queues that this worker does not claim from, or as many as a handler runs together. */
const OTHER_SLOTS = 10;

/**
 * The life of each run reads from top to bottom: accepted, started, admitted, decided, settled, returned or abandoned.
 * `handling.ts` has its handler's part, `deadlines.ts` what time does to it.
 */
export function createRuns(
  services: Services,
  handlers: ReadonlyMap<string, Handler>,
  /** Slots by queue, for the queues that the worker claims from. */
  queues: ReadonlyMap<string, number>,
): Runs {
  const { backend, platform, emit, work, progress } = services;
  const yielder = createYielder(platform);
  const leaseMs = backend.renew === undefined ? Infinity : backend.traits.leaseMs;
  const slotsByQueue = new Map([...queues].map(([name, slots]) => [name, newQueueSlots<Run>(slots)]));
  const sizes = [...handlers.values()].map(({ size = 1 }) => size);
  const otherSlots = newQueueSlots<Run>(Math.max(OTHER_SLOTS, ...sizes));
  const held = new Set<Run>();
  const heldOf = (group?: RunGroup): Run[] => [...held].filter((run) => group === undefined || run.group === group);

  /** A claim or a delivery brought a job: it starts, or waits for a slot of its queue. */
  const accept = (
    job: ClaimedJob,
    takenAt: number,
    lease: Run["lease"],
    group: RunGroup,
    gate?: Promise<void>,
  ): void => {
    const slots = slotsByQueue.get(job.queue) ?? otherSlots;
    const run = new Run(job, handlers.get(job.name), takenAt, lease, slots, group, services);
    held.add(run);
    slots.held++;
    if (slots.busy < slots.slots) start(run, gate);
    else slots.waiting.push(run);
  };

  /** Handles a claim of a job whose earlier run is still held; it is not started twice. */
  const acceptAgain = (run: Run, job: ClaimedJob, lease: Run["lease"]): void => {
    if (isLeased(run) && job.stalled) {
      // Its lease ended, and no other worker had it: the run continues under the new claim.
      run.job = job;
      run.lease = lease;
      // A run that waits for a slot emits these events when it starts.
      if (run.phase === "waiting") return;
      emit?.({ type: "stalled", job, attempt: job.attempt - 1 });
      emit?.({ type: "started", job, attempt: job.attempt, waitedMs: job.waitedMs });
      return;
    }
    const { id, partition, token } = job;
    const outcome = { type: "snooze", delayMs: ABANDON_MS, reason: "its earlier run has not ended" } as const;
    // If this fails, the lease ends by itself.
    backend.settle([{ id, partition, token, outcome }]).catch(() => {});
  };

  /** Starts waiting runs of a queue while it has free slots. */
  const fill = async (slots: QueueSlots<Run>): Promise<void> => {
    // A handler that returns at once calls this again from inside: one loop starts them all, without recursion.
    if (slots.filling) return;
    slots.filling = true;
    while (slots.busy < slots.slots && slots.waiting.length > 0) {
      if (yielder.due()) {
        await yielder.yieldNow();
        continue; // meanwhile others may have taken the slots
      }
      const run = slots.waiting.shift();
      if (run && run.outcome === undefined) start(run);
    }
    slots.filling = false;
  };

  /** A run has a slot. Never throws. */
  const start = (run: Run, gate = OPEN): void => {
    const { job } = run;
    run.slots.busy++;
    run.phase = "running";
    run.beganAt = platform.monotonic();
    if (emit) run.startedAt = platform.now();
    if (job.stalled) emit?.({ type: "stalled", job, attempt: job.attempt - 1 });
    try {
      const handler = admit(run, handlers);
      run.deadline = run.beganAt + limitOf(job.headers, "t", handler.definition.timeoutMs);
      emit?.({ type: "started", job, attempt: job.attempt, waitedMs: job.waitedMs });
      runHandler(run, handler, gate);
    } catch (error) {
      threw(run, error);
    }
    if (run.phase === "running") deadlines.started(run);
  };

  const succeeded = (run: Run, outcome: Outcome): void => {
    decide(run, outcome);
    returned(run);
  };
  const threw = (run: Run, error: unknown): void => {
    run.sealed = true;
    fail(run, error);
    returned(run);
  };

  const runHandler = createHandling(succeeded, threw);

  /**
   * The handler threw, or its time is up. After a shutdown signal this is no failure, unless the error chooses the
   * outcome, as `nonRetryable` does.
   */
  const fail = (run: Run, error: unknown): void => {
    if (run.outcome !== undefined) return;
    const code = run.reason?.code;
    if (code === "lease_lost") close(run, "expired");
    else decide(run, code === "shutdown" && !choosesOutcome(error) ? RELEASE : outcomeOfError(run, error));
  };
  /** Only the first outcome counts: a handler's result after its timeout or release is ignored. */
  const decide = (run: Run, outcome: Outcome): void => {
    if (run.outcome !== undefined) return;
    run.outcome = outcome;
    if (outcome.type !== "dead" || run.handler?.definition.onDead === undefined) return settle(run);
    followersOf(run, outcome.failure).then((jobs) => {
      run.followers = jobs;
      settle(run);
    });
  };

  /** The backend has answered the settlement, or `lost`: it will refuse it. */
  const close = (run: Run, lost?: Lost): void => {
    if (run.settled) return;
    run.settled = true;
    run.outcome ??= RELEASE;
    reportOutcome(run, lost, services);
    leaveIfOver(run);
    (mayMakeDue(run) ? work : progress).notify();
  };
  const settle = createSettler(services, close);

  /** The handler is no longer running. Called once for each run that started. */
  const returned = (run: Run): void => {
    const { slots, phase } = run;
    run.phase = "returned";
    if (phase === "abandoned") {
      slots.abandoned--;
      return work.notify();
    }
    slots.busy--;
    fill(slots);
    leaveIfOver(run);
    // It was decided before, perhaps long ago: only now is its slot free.
    if (run.reason !== undefined) work.notify();
  };
  /** The handler has ignored its signal for too long: it loses its slot. */
  const abandon = (run: Run): void => {
    const { slots, queue } = run;
    run.phase = "abandoned";
    slots.busy--;
    slots.abandoned++;
    const { abandoned } = slots;
    run.log.error("the handler ignored its signal", { queue, abandoned, slots: slots.slots });
    if (abandoned >= slots.slots) emit?.({ type: "saturated", queue, abandoned });
    // Its lease has ended, and it has no outcome.
    if (run.outcome === undefined) close(run, "expired");
    leaveIfOver(run);
    fill(slots);
    work.notify();
  };
  /** A run that is settled and not running is no longer held. */
  const leaveIfOver = (run: Run): void => {
    if (!run.settled || run.phase === "running" || !held.delete(run)) return;
    const { slots, group } = run;
    const wasFull = slots.held-- >= 2 * slots.slots;
    group.left--;
    if (held.size === 0) deadlines.rest();
    (wasFull ? work : progress).notify();
  };

  const deadlines = createDeadlines(services, {
    held,
    leaseMs,
    fail,
    close,
    abandon,
    release: (run) => decide(run, RELEASE),
  });

  return {
    accept(claimed, sentAt, group, gate) {
      const jobs = withoutExpired(claimed, emit);
      if (jobs.length === 0) return;
      const heldMs = backend.renew === undefined ? Infinity : (jobs[0]?.leaseMs ?? leaseMs);
      deadlines.renewBy(sentAt + heldMs / 3);
      group.tally.claimed += jobs.length;
      const lease = { until: sentAt + heldMs };
      // Only from a store can a worker claim a job that it still holds: its lease ended while the machine slept, or it
      // was cancelled and replayed.
      const earlier = new Map<string, Run>();
      // A run whose handler has returned only waits for the answer to its settlement; a retry may arrive before that.
      if (backend.renew) for (const run of held) if (run.phase !== "returned") earlier.set(run.id, run);
      // All are counted before the first starts: it may end at once, and end its group.
      group.left += jobs.length;
      for (const job of jobs) {
        const before = earlier.get(job.id);
        if (before === undefined) {
          accept(job, sentAt, lease, group, gate);
          continue;
        }
        group.left--;
        acceptAgain(before, job, lease);
      }
    },
    idle: () => [...slotsByQueue.values()].every(({ busy, waiting }) => busy + waiting.length === 0),
    free(isAhead) {
      const all = [...slotsByQueue].map(([name, slots]) => ({ name, limit: freeSlots(slots, isAhead) }));
      return all.filter(({ limit }) => limit > 0);
    },
    empty: () => held.size === 0,
    unsettled: (group) => heldOf(group).some((run) => !run.settled),
    releaseWaiting(group) {
      for (const run of heldOf(group)) if (run.phase === "waiting") decide(run, RELEASE);
    },
    release(group) {
      for (const run of heldOf(group)) decide(run, RELEASE);
    },
    abort(reason, group) {
      for (const run of heldOf(group)) deadlines.abort(run, reason);
    },
    abandon() {
      for (const run of heldOf()) if (run.phase === "running") abandon(run);
    },
  };
}
