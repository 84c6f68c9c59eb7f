import type { ClaimedJob } from "../contract/contract.ts";
import type { LongshoreError } from "../values/errors.ts";
import { execute } from "./execute.ts";
import { RELEASE } from "../contract/outcome.ts";
import type { Handler } from "./handler.ts";
import { type Lane, Run, type RunGroup, type RunHost } from "./run.ts";
import { type Lost, createSettler, tell } from "./settle.ts";
import { ABANDON_MS, createSweep, isLeased } from "./sweep.ts";
import type { Services } from "./services.ts";
import { createTurns } from "./turns.ts";

/** The jobs that a worker holds: waiting for a slot, running, or waiting for the answer to their settlement. */
export type Slots = {
  /** Takes claimed jobs. `sentAt`: when the claim was sent. */
  accept(jobs: readonly ClaimedJob[], sentAt: number, group: RunGroup): void;
  /** How many more jobs each queue can take; full queues are omitted. */
  free(): { name: string; limit: number }[];
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
};

/** Slots for delivered jobs of queues that this worker does not claim from. */
const OTHER_SLOTS = 10;

export function createSlots(
  services: Services,
  handlers: ReadonlyMap<string, Handler>,
  /** Slots by queue, for the queues that the worker claims from. */
  queues: ReadonlyMap<string, number>,
): Slots {
  const { backend, platform, emit, bell } = services;
  const turns = createTurns(platform);
  const leaseMs = backend.renew === undefined ? Infinity : backend.traits.leaseMs;
  const lanes = new Map([...queues].map(([name, slots]) => [name, newLane(slots)]));
  const otherLane = newLane(OTHER_SLOTS);
  const held = new Set<Run>();
  const heldOf = (group?: RunGroup): Run[] => [...held].filter((run) => group === undefined || run.group === group);

  // The steps of a run: accept, start, decided (by its handler or by time), closed, returned or abandoned, left.

  const fill = (lane: Lane): void => {
    // A handler that returns at once calls this again from inside: one loop starts them all, without recursion.
    if (lane.filling) return;
    lane.filling = true;
    while (lane.busy < lane.slots && lane.waiting.length > 0) {
      if (turns.due()) return void turns.take().then(() => refill(lane));
      const run = lane.waiting.shift();
      if (run && run.outcome === undefined) start(run);
    }
    lane.filling = false;
  };
  const refill = (lane: Lane): void => {
    lane.filling = false;
    fill(lane);
  };
  const start = (run: Run): void => {
    run.lane.busy++;
    run.phase = "running";
    execute(run);
    if (run.phase === "running") sweep.started(run);
  };
  const close = (run: Run, lost?: Lost): void => {
    if (run.settled) return;
    run.settled = true;
    run.outcome ??= RELEASE;
    tell(run, lost, services);
    leaveIfOver(run);
    bell.ring();
  };
  const leaveIfOver = (run: Run): void => {
    if (!run.settled || run.phase === "running" || !held.delete(run)) return;
    run.lane.held--;
    run.group.left--;
    if (held.size === 0) sweep.rest();
    bell.ring();
  };
  const host: RunHost = {
    ...services,
    handles: [...handlers.keys()],
    decided: createSettler(services, close),
    lost: (run) => close(run, "expired"),
    returned(run) {
      const { lane, phase } = run;
      run.phase = "returned";
      if (phase === "abandoned") {
        lane.abandoned--;
        return bell.ring();
      }
      lane.busy--;
      fill(lane);
      leaveIfOver(run);
    },
  };

  /** Handles a claim of a job whose earlier run is still held; it is not started twice. */
  const again = (run: Run, job: ClaimedJob, lease: Run["lease"]): void => {
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

  const abandon = (run: Run): void => {
    const { lane, queue } = run;
    run.phase = "abandoned";
    lane.busy--;
    lane.abandoned++;
    const { abandoned, slots } = lane;
    run.log.error("the handler ignored its signal", { queue, abandoned, slots });
    if (abandoned >= slots) emit?.({ type: "saturated", queue, abandoned });
    // Its lease has ended, and it has no outcome.
    if (run.outcome === undefined) close(run, "expired");
    leaveIfOver(run);
    fill(lane);
  };
  const sweep = createSweep(services, { held, leaseMs, close, abandon });

  return {
    accept(jobs, sentAt, group) {
      if (jobs.length === 0) return;
      const heldMs = backend.renew === undefined ? Infinity : (jobs[0]?.leaseMs ?? leaseMs);
      sweep.renewBy(sentAt + heldMs / 3);
      group.tally.claimed += jobs.length;
      group.left += jobs.length;
      const lease = { until: sentAt + heldMs };
      // Only from a store can a worker claim a job that it still holds: its lease ended while the machine slept, or it
      // was
      // cancelled and replayed.
      const earlier = new Map<string, Run>();
      // A run whose handler has returned only waits for the answer to its settlement; a retry may arrive before that.
      if (backend.renew) for (const run of held) if (run.phase !== "returned") earlier.set(run.id, run);
      for (const job of jobs) {
        const before = earlier.get(job.id);
        if (before) {
          group.left--;
          again(before, job, lease);
          continue;
        }
        const lane = lanes.get(job.queue) ?? otherLane;
        const run = new Run(job, handlers.get(job.name), sentAt, lease, lane, group, host);
        held.add(run);
        lane.held++;
        if (lane.busy < lane.slots) start(run);
        else lane.waiting.push(run);
      }
    },
    free() {
      const free: { name: string; limit: number }[] = [];
      for (const [name, lane] of lanes) {
        const limit = lane.abandoned < lane.slots ? lane.slots - lane.held : 0;
        if (limit > 0) free.push({ name, limit });
      }
      return free;
    },
    empty: () => held.size === 0,
    unsettled: (group) => heldOf(group).some((run) => !run.settled),
    releaseWaiting(group) {
      for (const run of heldOf(group)) if (run.phase === "waiting") run.decide(RELEASE);
    },
    release(group) {
      for (const run of heldOf(group)) run.decide(RELEASE);
    },
    abort(reason, group) {
      for (const run of heldOf(group)) sweep.abort(run, reason);
    },
  };
}

function newLane(slots: number): Lane {
  return { slots, held: 0, busy: 0, abandoned: 0, waiting: [], filling: false };
}
