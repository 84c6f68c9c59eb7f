import type { Adapter, ClaimedJob, Renew, SettleAnswer } from "./contract.ts";
import { LongshoreError } from "./errors.ts";
import type { Emit } from "./events.ts";
import { type Binding, RELEASE, Run, type RunGroup, type RunHost, execute } from "./execute.ts";
import type { Logger } from "./logger.ts";
import { type Platform, clampTimer } from "./platform.ts";
import { createRenewal } from "./renew.ts";
import { type LostReason, createSettler, tell } from "./settle.ts";

/** The jobs in a worker's hands: they wait for a slot, run, or wait for their settlement to be answered. */
export type Slots = {
  /** Takes over leases that were asked for at `sentAt`. */
  accept(jobs: readonly ClaimedJob[], sentAt: number, group: RunGroup): void;
  /** How many jobs each queue has room for; queues without room are left out. */
  free(): { name: string; limit: number }[];
  /** True while the backend has not been told the outcome of every job here. */
  unsettled(): boolean;
  /** Calls back when a job was settled or a slot came free. */
  onChange(listener: () => void): () => void;
  /** Gives back what has not started. */
  releaseWaiting(): void;
  /** Fires the signal of every running handler. */
  abortRunning(reason: LongshoreError): void;
  /** Gives back what has no outcome yet, whatever its handler does. */
  releaseRunning(): void;
};

/** How long a handler that ignores its signal keeps its slot. */
const ABANDON_MS = 10_000;

type Lane = {
  readonly name: string;
  readonly slots: number;
  /** Every job of this queue that has not left. */
  held: number;
  busy: number;
  abandoned: number;
  waiting: Run[];
  filling: boolean;
};

export type SlotsOptions = {
  readonly bindings: ReadonlyMap<string, Binding>;
  /** Slots by queue, for the queues that are claimed from. */
  readonly queues: ReadonlyMap<string, number>;
  /** Slots for any other queue of which a job is delivered. */
  readonly otherSlots: number;
  readonly platform: Platform;
  readonly log: Logger;
  readonly emit: Emit;
};

export function createSlots(adapter: Adapter & Partial<Renew>, options: SlotsOptions): Slots {
  const { bindings, queues, otherSlots, platform, log, emit } = options;
  const leaseMs = adapter.renew === undefined ? Infinity : adapter.traits.leaseMs;
  const lanes = new Map<string, Lane>();
  for (const [name, slots] of queues) lanes.set(name, newLane(name, slots));
  const held = new Set<Run>();
  const listeners = new Set<() => void>();

  const laneOf = (name: string): Lane => {
    let lane = lanes.get(name);
    if (lane === undefined) lanes.set(name, (lane = newLane(name, otherSlots)));
    return lane;
  };

  // A run's way: accept, start, decided (by its handler or the sweep), settled, returned or abandoned, left.

  const start = (run: Run, lane: Lane): void => {
    lane.busy++;
    run.busy = true;
    execute(run);
    if (run.busy) sweepBy(run.deadline);
  };
  const fill = (lane: Lane): void => {
    // Handlers that return at once call this from within: one loop serves them all, without recursion.
    if (lane.filling) return;
    lane.filling = true;
    while (lane.busy < lane.slots) {
      const run = lane.waiting.shift();
      if (run === undefined) break;
      start(run, lane);
    }
    lane.filling = false;
  };
  const close = (run: Run, answer: SettleAnswer | LostReason, tries: number, at: number): void => {
    if (run.settled) return;
    run.settled = true;
    tell(run, answer, tries, emit, at);
    leaveIfOver(run);
  };
  const leaveIfOver = (run: Run): void => {
    if (!run.settled || run.busy || !held.delete(run)) return;
    const lane = laneOf(run.queue);
    lane.held--;
    run.group.over?.();
    forgetIfIdle(lane);
    if (held.size === 0) stopSweeping();
  };
  const forgetIfIdle = (lane: Lane): void => {
    if (lane.held + lane.abandoned === 0 && !queues.has(lane.name)) lanes.delete(lane.name);
  };
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  const settler = createSettler(adapter, platform, log, (runs, answers, tries) => {
    const at = platform.now();
    runs.forEach((run, i) => close(run, answers[i] ?? "expired", tries, at));
    notify();
  });
  const host: RunHost = {
    platform,
    traits: adapter.traits,
    log,
    emit,
    decided: settler.add,
    returned(run) {
      const lane = laneOf(run.queue);
      if (run.abandoned) {
        lane.abandoned--;
        forgetIfIdle(lane);
        return notify();
      }
      run.busy = false;
      lane.busy--;
      fill(lane);
      if (!run.settled) return;
      leaveIfOver(run);
      notify();
    },
  };

  // What time does: timeouts, renewals, leases that end, handlers that do not.

  const lose = (run: Run, reason: LostReason, now: number): void => {
    const cancelled = reason === "cancelled";
    run.abort(
      new LongshoreError(
        cancelled ? "cancelled" : "lease_lost",
        cancelled ? "The job was cancelled." : "Another worker may hold the job by now.",
      ),
    );
    if (run.busy) return giveUpAfter(run, now);
    const { waiting } = laneOf(run.queue);
    if (waiting.includes(run)) waiting.splice(waiting.indexOf(run), 1);
  };
  const renewal = createRenewal(
    adapter,
    held,
    platform,
    log,
    (run, reason) => {
      const now = platform.now();
      lose(run, reason, now);
      close(run, reason, 0, now);
    },
    () => {
      sweepBy(renewal.at);
      notify();
    },
  );
  const giveUpAfter = (run: Run, now: number): void => {
    run.abandonAt ??= now + ABANDON_MS;
    sweepBy(run.abandonAt);
  };
  const abandon = (run: Run, at: number): void => {
    const lane = laneOf(run.queue);
    run.busy = false;
    run.abandoned = true;
    lane.busy--;
    lane.abandoned++;
    log.warn("a handler ignored its signal and was abandoned", { job_id: run.id, job_type: run.name });
    if (lane.abandoned >= lane.slots) {
      log.error("as many handlers abandoned as there are slots: claiming no more", { queue: lane.name });
      emit?.({ type: "saturated", at, queue: lane.name, abandoned: lane.abandoned });
    }
    // Its lease ran out long ago, and it never said what it came to.
    if (run.outcome === undefined) close(run, "expired", 0, at);
    leaveIfOver(run);
    fill(lane);
    notify();
  };
  const checkRun = (run: Run, now: number): void => {
    if (run.busy && run.outcome === undefined && now >= run.deadline) {
      const timeoutMs = run.deadline - run.startedAt;
      const error = new LongshoreError("timeout", `The handler of ${run.name} did not finish within ${timeoutMs} ms.`);
      run.fail(error);
      run.abort(error);
      giveUpAfter(run, now);
    }
    if (!run.settled && run.outcome === undefined && now >= run.lease.until) {
      lose(run, "expired", now);
      if (!run.busy) close(run, "expired", 0, now);
    }
    if (run.busy && run.abandonAt !== undefined && now >= run.abandonAt) abandon(run, now);
  };

  let sweepAt = Infinity;
  let stopTimer: (() => void) | undefined;
  /** One timer for all of it, set to the earliest. */
  const sweepBy = (at: number): void => {
    if (at >= sweepAt) return;
    stopTimer?.();
    sweepAt = at;
    stopTimer = platform.timer(clampTimer(at - platform.now()), sweep);
  };
  const sweep = (): void => {
    sweepAt = Infinity;
    stopTimer = undefined;
    const now = platform.now();
    for (const run of held) checkRun(run, now);
    if (held.size === 0) return;
    if (now >= renewal.at) renewal.renew();
    let next = renewal.at;
    for (const run of held) {
      if (run.busy) next = Math.min(next, run.abandonAt ?? run.deadline);
    }
    sweepBy(next);
  };
  const stopSweeping = (): void => {
    renewal.end();
    stopTimer?.();
    stopTimer = undefined;
    sweepAt = Infinity;
  };

  return {
    accept(jobs, sentAt, group) {
      if (jobs.length === 0) return;
      group.tally.claimed += jobs.length;
      renewal.begin(sentAt);
      sweepBy(renewal.at);
      const lease = { until: sentAt + leaseMs };
      for (const job of jobs) {
        const lane = laneOf(job.queue);
        const run = new Run(job, bindings.get(job.name), lease, host, group);
        held.add(run);
        lane.held++;
        if (lane.busy < lane.slots && lane.waiting.length === 0) start(run, lane);
        else lane.waiting.push(run);
      }
    },
    free() {
      const free: { name: string; limit: number }[] = [];
      for (const name of queues.keys()) {
        const lane = laneOf(name);
        const limit = lane.abandoned < lane.slots ? lane.slots - lane.held : 0;
        if (limit > 0) free.push({ name, limit });
      }
      return free;
    },
    unsettled() {
      for (const run of held) if (!run.settled) return true;
      return false;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    releaseWaiting() {
      for (const lane of lanes.values()) {
        for (const run of lane.waiting.splice(0)) run.decide(RELEASE);
      }
    },
    abortRunning(reason) {
      for (const run of held) if (run.busy) run.abort(reason);
    },
    releaseRunning() {
      const now = platform.now();
      for (const run of held) {
        run.decide(RELEASE);
        if (run.busy) giveUpAfter(run, now);
      }
    },
  };
}

function newLane(name: string, slots: number): Lane {
  return { name, slots, held: 0, busy: 0, abandoned: 0, waiting: [], filling: false };
}
