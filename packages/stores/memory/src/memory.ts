import type { Duration } from "@longshore/core";
import {
  type Checks,
  type ClaimedJob,
  type ControlAnswer,
  type Depth,
  type JobRef,
  type Keys,
  type ListSchedules,
  type Notify,
  type PauseFor,
  type Presence,
  type Stats,
  type Store,
  type StoredJob,
  type Traits,
  type Update,
  aFunction,
  aLease,
  checkOptions,
  createListeners,
  duration,
  withMethods,
  integer,
  toMs,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";

import { GONE, type Verb, cancel, remove, replay, runNow } from "./control.ts";
import { counting } from "./counting.ts";
import { inspect, shown } from "./inspect.ts";
import { presence } from "./presence.ts";
import { isFull, isPaused } from "./queue-state.ts";
import { stateAt } from "./row.ts";
import { keepSchedules } from "./schedules.ts";
import { renewOne, settleOne } from "./settle.ts";
import { createTable } from "./table.ts";
import { warnAtExit } from "./warnings.ts";

export type MemoryTraits = Traits & {
  readonly durable: false;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly limits: true;
  readonly throttle: true;
  readonly dependencies: true;
  readonly expiry: true;
  readonly depth: true;
  readonly order: true;
  readonly ageing: true;
  readonly ordered: true;
  readonly fenced: true;
};

export type Memory = Store<MemoryTraits> & Keys & Depth & PauseFor & Update & ListSchedules & Notify & Presence;

export type MemoryOptions = {
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** How long a claim lasts unless renewed; at least 100 ms. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /** How many completed and cancelled jobs to keep; those that expire first are dropped first. Default: 10 000. */
  readonly maxKept?: number | undefined;
  /** How long to keep a dead letter. Default: `"30d"`. */
  readonly deadKeep?: Duration | undefined;
  /** How many dead letters to keep; the oldest are dropped first. Default: 10 000. */
  readonly maxDead?: number | undefined;
  /** Collects the figures for `readStats`: `statistics()` of `@longshore/core/stats`. Default: none are collected. */
  readonly stats?: Statistics | undefined;
};

const CHECKS: Checks<MemoryOptions> = {
  clock: aFunction,
  lease: aLease,
  maxKept: integer(0),
  deadKeep: duration(),
  maxDead: integer(0),
  stats: withMethods("enqueued", "settled", "read"),
};

/**
 * The reference store: the whole contract in the memory of one process, each verb in O(log n). For tests, development,
 * and work that may be lost when the process ends. Fails with `invalid_option` or `invalid_duration`.
 */
export function memory(options: MemoryOptions & { readonly stats: Statistics }): Memory & Stats;
export function memory(options?: MemoryOptions): Memory;
export function memory(options: MemoryOptions = {}): Memory & Partial<Stats> {
  checkOptions("memory", options, CHECKS);
  const { clock = Date.now, lease = "30s", maxKept = 10_000, deadKeep = "30d", maxDead = 10_000, stats } = options;
  const table = createTable(clock, { maxKept, deadKeepMs: toMs(deadKeep), stats, isSystemClock: clock === Date.now });
  // Only tests bring their own clock, and tests leave jobs behind.
  if (clock === Date.now) warnAtExit(table.rows);
  const { wake, onWake } = createListeners();
  const schedules = keepSchedules(clock, table, wake);
  const control = (refs: readonly JobRef[], verb: Verb): ControlAnswer[] => {
    const now = table.begin();
    const answers = refs.map(({ id }) => {
      const row = table.rows.get(id);
      return row === undefined ? GONE : verb(table, row, stateAt(row, now), now);
    });
    wake();
    return answers;
  };

  return {
    name: "memory",
    traits: {
      durable: false,
      unique: true,
      uniqueKeys: true,
      limits: true,
      throttle: true,
      dependencies: true,
      expiry: true,
      depth: true,
      order: true,
      ageing: true,
      ordered: true,
      fenced: true,
      maxDelayMs: Infinity,
      delayStepMs: 1,
      maxRunMs: Infinity,
      maxPayloadBytes: 1_000_000,
      leaseMs: toMs(lease),
    },

    async enqueue(jobs) {
      const now = table.begin();
      const answers = table.insert(jobs, now);
      wake();
      return answers;
    },
    async claim({ queues, leaseMs: length, priorityAgeMs }) {
      const now = table.begin();
      const jobs: ClaimedJob[] = [];
      for (const { name, limit } of queues) {
        const queueState = table.queueStates.get(name);
        if (queueState === undefined) continue;
        queueState.unclaimedSince = Infinity;
        if (isPaused(queueState, now)) continue;
        jobs.push(...table.claim(queueState, limit, { until: now + length, now, ageMs: priorityAgeMs }));
      }
      // Others may have waited for the end of those.
      if (jobs.some(({ expired }) => expired)) wake();
      return jobs;
    },
    async settle(settlements) {
      const now = table.begin();
      let waits = false;
      const answers = settlements.map((settlement) => {
        const { id, outcome, next } = settlement;
        const row = table.rows.get(id);
        // The end of a job with a unique key or limits may free another.
        const frees = row?.held !== undefined || row?.job.limits !== undefined;
        waits ||= outcome.type !== "complete" || next !== undefined || frees;
        const answer = settleOne(table, row, settlement, now);
        waits ||= typeof answer === "object" && answer.freed !== undefined;
        return answer;
      });
      if (waits) wake();
      return answers;
    },
    async renew(leases, length) {
      const now = table.begin();
      return leases.map((lease) => renewOne(table, lease, now, length));
    },

    async dueInMs(wanted) {
      const now = table.begin();
      let dueAt = schedules.nextAt(wanted.schedules);
      for (const queue of wanted.queues) {
        const queueState = table.queueStates.get(queue);
        if (queueState === undefined || queueState.paused) continue;
        // A full queue has room again when one of its leases ends.
        const waits = isFull(queueState, now) ? Infinity : queueState.waiting.dueAt();
        const first = Math.min(waits, queueState.leases.first()?.key ?? Infinity);
        dueAt = Math.min(dueAt, Math.max(first, queueState.pausedUntil));
      }
      return dueAt === Infinity ? undefined : Math.max(0, dueAt - now);
    },
    onWake,

    ...inspect(table),

    cancel: async (refs) => control(refs, cancel),
    replay: async (refs) => control(refs, replay),
    runNow: async (refs) => control(refs, runNow),
    remove: async (refs) => control(refs, remove),
    async pause(queue) {
      table.queueStateOf(queue).paused = true;
    },
    async pauseFor(queue, forMs) {
      const now = table.begin();
      const queueState = table.queueStateOf(queue);
      queueState.pausedUntil = Math.max(queueState.pausedUntil, now + forMs);
    },
    async resume(queue) {
      const queueState = table.queueStateOf(queue);
      queueState.paused = false;
      queueState.pausedUntil = 0;
      wake();
    },

    async update(changes) {
      const now = table.begin();
      const answers = changes.map((change): ControlAnswer => {
        const row = table.rows.get(change.id);
        if (row === undefined || row.job.name !== change.name) return GONE;
        const state = stateAt(row, now);
        if (row.leased || row.history?.ended !== undefined) return { status: "refused", state };
        table.change(row, change, now);
        return { status: "done" };
      });
      wake();
      return answers;
    },
    async release(refs) {
      const now = table.begin();
      const answers = refs.map(({ key }) => {
        const holder = table.keys.holder(key, now);
        if (holder !== undefined) table.leaveKey(holder, now);
        return holder === undefined ? "free" : "released";
      });
      wake();
      return answers;
    },

    async prune(limit) {
      const now = table.begin();
      const pruned: StoredJob[] = [];
      for (let row = table.deadRows.first(); row !== undefined && pruned.length < limit; row = table.deadRows.first()) {
        if (row.key > now && table.deadRows.size() <= maxDead) break;
        pruned.push(shown(table, row, now));
        table.forget(row, now);
      }
      return pruned;
    },

    ...schedules.verbs,
    ...presence(clock),
    ...(stats && counting(stats, table)),
  };
}
