import {
  type Depth,
  type Inspect,
  type JobState,
  PAUSED,
  QUEUE_FULL,
  type StoredJob,
  statesOf,
} from "@longshore/core/adapter";

import { firstDueAt, isFull, isPaused } from "./queue-state.ts";
import { type Row, stateAt, stored } from "./row.ts";
import type { Table } from "./table.ts";

/** A row as the contract shows it, with why it waits. */
export function shown(table: Table, row: Row, now: number): StoredJob {
  const queueState = table.queueStateOf(row.job.queue);
  if (isPaused(queueState, now)) return stored(row, PAUSED, now);
  return stored(row, isFull(queueState, now) ? QUEUE_FULL : undefined, now);
}

/** The verbs that only read. */
export function inspect(table: Table): Inspect & Depth {
  return {
    async get(refs) {
      const now = table.begin();
      return refs.map(({ id }) => {
        const row = table.rows.get(id);
        return row === undefined ? undefined : shown(table, row, now);
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
      const jobs = found.slice(0, limit).map((row) => shown(table, row, now));
      const last = found.length > limit ? jobs.at(-1) : undefined;
      return last === undefined ? { jobs } : { jobs, cursor: last.id };
    },
    async counts() {
      const now = table.begin();
      const counts = new Map<string, Partial<Record<JobState, number>>>();
      for (const [queue, state] of table.queueStates) if (isPaused(state, now)) counts.set(queue, {});
      for (const row of table.rows.values()) {
        const { queue } = row.job;
        const ofQueue = counts.get(queue) ?? {};
        counts.set(queue, ofQueue);
        const state = stateAt(row, now);
        ofQueue[state] = (ofQueue[state] ?? 0) + 1;
      }
      return [...counts].map(([queue, ofQueue]) => ({
        queue,
        paused: isPaused(table.queueStateOf(queue), now),
        counts: ofQueue,
      }));
    },

    async depth(queue) {
      const now = table.begin();
      const queueState = table.queueStates.get(queue);
      if (queueState === undefined) return { jobs: 0, waitedMs: 0 };
      return { jobs: queueState.open, waitedMs: Math.max(0, now - firstDueAt(queueState)) };
    },
  };
}

function byId(a: Row, b: Row): number {
  return a.job.id < b.job.id ? -1 : 1;
}
