import { type EnqueueAnswer, type NewJob, heldKey } from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { lease, nextQueues } from "./claim.ts";
import { stateAt } from "./job.ts";
import { type Created, insertKeyed } from "./insert-keyed.ts";
import { newRow } from "./new-row.ts";
import { capacityAt } from "./capacity.ts";
import type { Row } from "./tables.ts";
import { byPriority } from "./waiting.ts";

/**
 * Inserts jobs. A job that can start at once is created with its lease and never enters the index. Without a free
 * place, or if other jobs already wait for one, it waits too.
 */
export function insertJobs(state: StoreState, jobs: readonly NewJob[], now: number): EnqueueAnswer[] {
  const { tables, leases, waiting } = state;
  const created: Created = { rows: new Map(), slots: new Map() };
  const answers = jobs.map((job): EnqueueAnswer => {
    const standing = created.rows.get(job.id) ?? tables.find(job.id, now);
    if (standing !== undefined) {
      return { status: "duplicate", state: stateAt(standing, leases.held.get(job.id), now) };
    }
    const held = heldKey(job, now);
    if (held !== undefined) return insertKeyed(state, job, held, created, now);
    created.rows.set(job.id, newRow(job, state, now));
    return { status: "created" };
  });

  const rows = [...created.rows.values()];
  const starting = new Set(startable(state, rows, now));
  for (const row of rows) {
    const waits = !starting.has(row);
    tables.put(waits ? row : { ...row, waiting: 0 });
    // One that waits behind another with its key is in no line.
    if (waits && row.waiting === 1) waiting.add(row);
    state.stats?.enqueued(row, now);
  }
  const candidates = [...starting].map((row) => ({ ...row, row }));
  for (const job of lease(state, candidates, state.options.leaseMs, now)) state.autoStart?.started.set(job.token, job);
  return answers;
}

function startable(state: StoreState, rows: readonly Row[], now: number): readonly Row[] {
  if (state.autoStart === undefined) return [];
  const capacity = capacityAt(state, now);
  // Checks for waiting jobs only if there is a place for them.
  if (capacity.free <= 0 || nextQueues(state, capacity, now, 1).length > 0) return [];
  const due = rows.filter((row) => row.waiting === 1 && row.due <= now && !state.paused.has(row.queue));
  return due.sort(byPriority).filter(({ queue }) => {
    const starts = capacity.startable(queue) > 0;
    if (starts) capacity.begin(queue);
    return starts;
  });
}
