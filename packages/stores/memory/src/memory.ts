import type { Duration } from "@longshore/core";
import {
  type AdvanceAnswer,
  type Checks,
  type ClaimedJob,
  type ControlAnswer,
  type Depth,
  type JobRef,
  type JobState,
  type Keys,
  type Lease,
  type ListSchedules,
  type NewJob,
  type Notify,
  PAUSED,
  type PauseFor,
  QUEUE_FULL,
  type Presence,
  type RenewAnswer,
  type ScheduleRef,
  type ScheduleRow,
  type SettleAnswer,
  type Settlement,
  type Stats,
  type Store,
  type StoredJob,
  type StoredSchedule,
  type Traits,
  type Update,
  aFunction,
  aLease,
  checkOptions,
  createListeners,
  duration,
  withMethods,
  integer,
  recordFailure,
  schedulePage,
  schedulesAfter,
  snoozedFor,
  statesOf,
  toMs,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";

import { GONE, type Verb, cancel, remove, replay, runNow } from "./control.ts";
import { counting } from "./counting.ts";
import { presence } from "./presence.ts";
import { NO_HISTORY, type Row, stateAt, stored } from "./row.ts";
import { type Table, createTable } from "./table.ts";
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
  const schedules = new Map<string, StoredSchedule>();
  const { wake, onWake } = createListeners();
  const show = (row: Row, now: number): StoredJob => {
    const queueState = table.queueStateOf(row.job.queue);
    if (queueState.paused || queueState.pausedUntil > now) return stored(row, PAUSED, now);
    return stored(row, table.isFull(queueState, now) ? QUEUE_FULL : undefined, now);
  };
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
    async claim({ queues, leaseMs: length }) {
      const now = table.begin();
      const jobs: ClaimedJob[] = [];
      for (const { name, limit } of queues) {
        const queueState = table.queueStates.get(name);
        if (queueState === undefined) continue;
        queueState.unclaimedSince = Infinity;
        if (queueState.paused || queueState.pausedUntil > now) continue;
        jobs.push(...table.claim(queueState, limit, now + length, now));
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
        const answer = settleOne(table, settlement, now);
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
      let dueAt = Infinity;
      for (const queue of wanted.queues) {
        const queueState = table.queueStates.get(queue);
        if (queueState === undefined || queueState.paused) continue;
        // A full queue has room again when one of its leases ends.
        const waits = table.isFull(queueState, now) ? Infinity : queueState.waiting.dueAt();
        const first = Math.min(waits, queueState.leases.first()?.key ?? Infinity);
        dueAt = Math.min(dueAt, Math.max(first, queueState.pausedUntil));
      }
      for (const ref of wanted.schedules) dueAt = Math.min(dueAt, schedules.get(keyOf(ref))?.nextAt ?? Infinity);
      return dueAt === Infinity ? undefined : Math.max(0, dueAt - now);
    },
    onWake,

    async get(refs) {
      const now = table.begin();
      return refs.map(({ id }) => {
        const row = table.rows.get(id);
        return row === undefined ? undefined : show(row, now);
      });
    },
    async list(request) {
      const { queue, name, limit, cursor, descending = false } = request;
      const states = statesOf(request);
      const now = table.begin();
      const found: Row[] = [];
      const cut = (): void => void found.sort(descending ? (a, b) => byId(b, a) : byId).splice(limit + 1);
      for (const row of table.rows.values()) {
        const { id } = row.job;
        if (cursor !== undefined && (descending ? id >= cursor : id <= cursor)) continue;
        if (queue !== undefined && row.job.queue !== queue) continue;
        if (name !== undefined && row.job.name !== name) continue;
        if (states !== undefined && !states.includes(stateAt(row, now))) continue;
        // Drops rows beyond the page early, to keep the list short.
        if (found.push(row) > 4 * limit) cut();
      }
      cut();
      const jobs = found.slice(0, limit).map((row) => show(row, now));
      const last = found.length > limit ? jobs.at(-1) : undefined;
      return last === undefined ? { jobs } : { jobs, cursor: last.id };
    },
    async counts() {
      const now = table.begin();
      const counts = new Map<string, Partial<Record<JobState, number>>>();
      for (const queue of table.queueStates.keys()) counts.set(queue, {});
      for (const row of table.rows.values()) {
        const ofQueue = counts.get(row.job.queue) ?? {};
        const state = stateAt(row, now);
        ofQueue[state] = (ofQueue[state] ?? 0) + 1;
      }
      return [...counts].map(([queue, ofQueue]) => ({
        queue,
        paused: table.queueStateOf(queue).paused || table.queueStateOf(queue).pausedUntil > now,
        counts: ofQueue,
      }));
    },

    async depth(queue) {
      const now = table.begin();
      const queueState = table.queueStates.get(queue);
      if (queueState === undefined) return { jobs: 0, waitedMs: 0 };
      const { open, waiting, leases } = queueState;
      const dueAt = Math.min(waiting.dueAt(), leases.first()?.key ?? Infinity);
      return { jobs: open, waitedMs: Math.max(0, now - dueAt) };
    },

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
        if (row.key > now && table.deadRows.size <= maxDead) break;
        pruned.push(show(row, now));
        table.forget(row, now);
      }
      return pruned;
    },

    async declare(declared) {
      const now = table.begin();
      const rows = declared.map(({ name, rule }): ScheduleRow => {
        const key = keyOf({ name, rule });
        const { cursor, nextAt } = schedules.get(key) ?? { cursor: now };
        if (!schedules.has(key)) schedules.set(key, { name, rule, cursor });
        return nextAt === undefined ? { cursor } : { cursor, nextAt };
      });
      return { now, rows };
    },
    async advance(steps) {
      const now = table.begin();
      const answers = steps.map(({ from, to, nextAt, job, name, rule }): AdvanceAnswer => {
        const key = keyOf({ name, rule });
        if (schedules.get(key)?.cursor !== from) return { status: "behind" };
        schedules.set(key, { name, rule, cursor: to, ...(nextAt !== undefined && { nextAt }) });
        return job === undefined ? { status: "moved" } : { status: "moved", job: table.insert([job], now)[0] };
      });
      wake();
      return answers;
    },
    async listSchedules({ limit, after }) {
      return schedulePage(clock(), schedulesAfter(schedules.values(), after), limit);
    },
    ...presence(clock),
    ...(stats && counting(stats, table)),
  };
}

function byId(a: Row, b: Row): number {
  return a.job.id < b.job.id ? -1 : 1;
}

function keyOf({ name, rule }: ScheduleRef): string {
  return JSON.stringify([name, rule]);
}

function settleOne(table: Table, { id, token, outcome, next }: Settlement, now: number): SettleAnswer {
  const row = table.rows.get(id);
  if (row === undefined) return "gone";
  const { settledBy, failures, snoozed, ended } = row.history ?? NO_HISTORY;
  if (row.token !== token) return "stale";
  if (!row.leased) {
    if (settledBy === token) return "repeated";
    return ended?.state === "cancelled" ? "cancelled" : "stale";
  }
  table.count(row, outcome, now);
  table.fates.freed = table.fates.buried = 0; // an operator's verbs count, too
  switch (outcome.type) {
    case "complete": {
      table.end(row, "completed", now, { settledBy: token, failures }, outcome.result);
      return acceptedWith(table, next, now);
    }
    case "snooze":
      row.attempt -= 1;
      row.history = { settledBy: token, failures, givenBack: true, snoozed: snoozedFor(outcome.reason, snoozed, now) };
      table.wait(row, now + outcome.delayMs, now);
      return "accepted";
    case "dead":
    case "retry": {
      const failure = { ...outcome.failure, attempt: row.attempt, at: now };
      const history = { settledBy: token, failures: recordFailure(failures, failure) };
      row.history = history;
      if (outcome.type === "retry") {
        table.wait(row, now + outcome.delayMs, now);
        return "accepted";
      }
      table.end(row, "dead", now, history);
      return acceptedWith(table, next, now);
    }
  }
}

/** The answer to the end of a job, with what became of those after it, and of its follow-ups. */
function acceptedWith(table: Table, next: readonly NewJob[] = [], now: number): SettleAnswer {
  const { freed, buried } = table.fates;
  table.fates.freed = table.fates.buried = 0;
  if (next.length === 0 && freed === 0 && buried === 0) return "accepted";
  const fates = { ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
  return { status: "accepted", ...fates, next: table.insert(next, now) };
}

function renewOne(table: Table, { id, token }: Lease, now: number, leaseMs: number): RenewAnswer {
  const row = table.rows.get(id);
  if (row === undefined || row.token !== token) return "lost";
  if (row.history?.ended?.state === "cancelled") return "cancelled";
  if (!row.leased) return "lost";
  // Its place may be taken by now.
  if (row.key <= now && table.isFull(table.queueStateOf(row.job.queue), now)) return "lost";
  table.extend(row, now + leaseMs);
  return "held";
}
