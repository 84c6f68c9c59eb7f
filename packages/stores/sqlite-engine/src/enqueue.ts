import {
  type EnqueueAnswer,
  type Limits,
  type NewJob,
  heldKey,
  refusedFull,
  refusedTogether,
} from "@longshore/core/adapter";
import type { StoreState } from "./state.ts";
import { lease, nextQueues } from "./claim.ts";
import { stateAt } from "./job.ts";
import { type Created, insertKeyed } from "./insert-keyed.ts";
import { PARKED } from "./lanes.ts";
import { inLane, limitsOf } from "./limits.ts";
import { letThrough } from "./let-through.ts";
import { entering, newRow } from "./new-row.ts";
import { capacityAt } from "./capacity.ts";
import { bury, endForChildren } from "./children.ts";
import { link, refusal } from "./link.ts";
import { EXPIRING_FORMAT, ORDERED_FORMAT, THROTTLED_FORMAT } from "./formats.ts";
import { raiseFormat } from "./table-creation.ts";
import type { Row } from "./row.ts";
import { byTurn } from "./position.ts";

/** In place of `waiting`, until the row is put: it starts at once. */
const STARTS = -1;

/**
 * Inserts jobs. A job that can start at once is created with its lease and never enters the index. Without a free
 * place, or if other jobs already wait for one, it waits too.
 */
export function insertJobs(state: StoreState, jobs: readonly NewJob[], now: number): EnqueueAnswer[] {
  const { tables, leases, lanes, waiting, depths } = state;
  for (const { queue, maxDepth } of jobs) if (maxDepth !== undefined) depths.prepare(queue);
  const refused =
    refusal(state, jobs, now) ?? refusedTogether(jobs, (id) => tables.find(id, now) !== undefined, depths.of);
  if (refused !== undefined) return jobs.map(() => refused);
  const created: Created = { rows: new Map(), slots: new Map() };
  const known = tables.known(jobs.map(({ id }) => id));
  const answers = jobs.map((job): EnqueueAnswer => {
    const standing = created.rows.get(job.id) ?? (known.has(job.id) ? tables.find(job.id, now) : undefined);
    if (standing !== undefined) {
      return { status: "duplicate", state: stateAt(standing, leases.held.get(job.id), now) };
    }
    if (job.limits !== undefined) lanes.prepare();
    if (job.limits?.rate !== undefined) raiseFormat(tables, THROTTLED_FORMAT);
    if (job.limits?.ordered) raiseFormat(tables, ORDERED_FORMAT);
    if (job.startWithinMs !== undefined) raiseFormat(tables, EXPIRING_FORMAT);
    const held = heldKey(job, now);
    if (held !== undefined) return insertKeyed(state, job, held, created, now);
    const full = job.maxDepth === undefined ? undefined : refusedFull(job, depths.of(job.queue));
    if (full !== undefined) return full;
    depths.add(job.queue, 1);
    state.stats?.enqueued(job, now);
    const row = newRow(job, state, now);
    created.rows.set(job.id, job.after === undefined ? entering(state, row, now) : { ...row, waiting: 0 });
    return { status: "created" };
  });
  const doomed = jobs.some(({ after }) => after !== undefined) ? link(state, created.rows, jobs, answers, now) : [];

  const starting = startable(state, [...created.rows.values()], now).map((row) => inLane(row, undefined));
  for (const row of starting) created.rows.set(row.id, { ...row, waiting: STARTS });
  letThrough(state, now, created.rows);
  const rows = [...created.rows.values()];
  tables.insert(
    rows.map((row) => (row.waiting === STARTS ? { ...row, waiting: 0 } : row)),
    known,
  );
  // One that waits for others is in no line.
  for (const row of rows) if (row.waiting === 1) waiting.add(row);
  for (const one of doomed) {
    const dead = bury(state, one, now);
    if (dead !== undefined) endForChildren(state, { ...dead, how: "dead" }, now);
  }
  const candidates = starting.map((row) => ({ ...row, row }));
  for (const job of lease(state, candidates, state.options.leaseMs, now)) state.autoStart?.started.set(job.token, job);
  return answers;
}

/** It waits for no other job, but for those with the key of its limit. */
function mayStart({ waiting, about }: Row): boolean {
  return waiting === 1 || about.includes('"lane":');
}

/** Whether there is a place, and nobody waits for it. */
function hasTurn({ lanes, tables }: StoreState, limits: Limits, now: number): boolean {
  const { key } = limits;
  if (key === undefined) return true;
  if (!lanes.hasPlace(limits) || lanes.opensAt(limits, now) > now) return false;
  return lanes.ready(key) === undefined && tables.sql<Row>(PARKED, key).length === 0;
}

function startable(state: StoreState, rows: readonly Row[], now: number): readonly Row[] {
  if (state.autoStart === undefined) return [];
  const capacity = capacityAt(state, now);
  // Checks for waiting jobs only if there is a place for them.
  if (capacity.free() <= 0 || nextQueues(state, capacity, now, 1).length > 0) return [];
  const due = rows.filter((row) => mayStart(row) && row.due <= now && !state.paused.has(row.queue));
  return due.sort(byTurn(state.autoStart.priorityAgeMs)).filter(({ id, queue, about }) => {
    const limits = limitsOf(about);
    const starts = capacity.startable(queue) > 0 && (limits === undefined || hasTurn(state, limits, now));
    if (starts) {
      capacity.begin(queue, limits?.queue);
      state.lanes.start(id, limits, now);
    }
    return starts;
  });
}
