import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { SharedDatabase } from "./database.ts";
import { insertJobs } from "./enqueue.ts";
import { stateAt } from "./job.ts";
import { aboutOf, newRow } from "./new-row.ts";
import type { Row } from "./row.ts";
import type { StoreState } from "./state.ts";
import { COLUMNS, TOGETHER, VALUES, valuesOf } from "./tables.ts";

const INTO = `INSERT OR IGNORE INTO ${COLUMNS}`;
/** Also writes nothing if another connection has taken a number since this one left its mark. */
const ALONE = `${INTO}SELECT ${VALUES} FROM longshore_meta WHERE id='newest' AND rev=?`;
/** By how many rows they insert. */
const SEVERAL: readonly string[] = Array.from(
  { length: TOGETHER + 1 },
  (_, rows) => `${INTO}VALUES${Array(rows).fill(`(${VALUES})`).join()}`,
);

/**
 * The enqueue of a file: jobs that need no more than a row are written without a look for their ids, because the inserts tell
 * whether those are new (docs/decisions/0110). A file starts no job by itself. All others, and ids that have a row: `insertJobs`.
 */
export function enqueueOver(state: StoreState): (jobs: readonly NewJob[]) => EnqueueAnswer[] {
  const { atomic, database } = state;
  const { shared } = database;
  const enqueue = (jobs: readonly NewJob[]): EnqueueAnswer[] =>
    (shared && insertAlone(state, jobs, shared)) ??
    atomic.write((now) => (shared && insertSeveral(state, jobs, shared, now)) ?? insertJobs(state, jobs, now));
  return enqueue;
}

/** One statement, in place of the five of a transaction. Undefined if it does not apply, or has done nothing. */
function insertAlone(state: StoreState, jobs: readonly NewJob[], shared: SharedDatabase): EnqueueAnswer[] | undefined {
  const { waiting, stats, options, atomic, sharing } = state;
  const mark = sharing?.mark();
  const [job] = jobs;
  if (job === undefined || jobs.length > 1 || mark === undefined || atomic.isStale()) return undefined;
  if (stats !== undefined || !isPlain(state, job)) return undefined;
  const row = plainRow(job, state, options.clock());
  if (shared.run(ALONE, ...valuesOf([row]), mark) === 0) return duplicate(state, job.id);
  waiting.add(row);
  return [{ status: "created" }];
}

/** Reads only, so that it holds up no writer. */
function duplicate({ tables, leases, atomic }: StoreState, id: string): EnqueueAnswer[] | undefined {
  return atomic.read((now) => {
    const row = tables.find(id, now);
    return row && [{ status: "duplicate", state: stateAt(row, leases.held.get(id), now) }];
  });
}

/** Undefined, and nothing is done, if a job needs more than its row or an id has one. */
function insertSeveral(
  state: StoreState,
  jobs: readonly NewJob[],
  { run }: SharedDatabase,
  now: number,
): EnqueueAnswer[] | undefined {
  const { waiting, stats, database } = state;
  if (jobs.length === 1 || !jobs.every((job) => isPlain(state, job))) return undefined;
  const rows = jobs.map((job) => plainRow(job, state, now));
  try {
    database.transaction(() => {
      for (let from = 0; from < rows.length; from += TOGETHER) {
        const some = rows.slice(from, from + TOGETHER);
        if (run(SEVERAL[some.length] ?? "", ...valuesOf(some)) < some.length) throw TAKEN;
      }
    });
  } catch (error) {
    if (error === TAKEN) return undefined;
    throw error;
  }
  for (const row of rows) waiting.add(row);
  if (stats !== undefined) for (const job of jobs) stats.enqueued(job, now);
  return jobs.map(() => ({ status: "created" }));
}

/** Takes back what the inserts before it have written. */
const TAKEN = new Error("an id of the call has a row");

function isPlain({ depths }: StoreState, job: NewJob): boolean {
  const { unique, limits, after, startWithinMs, maxDepth } = job;
  return (unique ?? limits ?? after ?? startWithinMs ?? maxDepth) === undefined && !depths.isCounted(job.queue);
}

/** Of the last job: those of a definition that have no metadata share their headers, and then the text. */
let last: (Pick<NewJob, "name" | "headers" | "partition"> & { readonly text: string }) | undefined;

function plainRow(job: NewJob, state: StoreState, now: number): Row {
  const { name, headers, partition } = job;
  if (last === undefined || headers !== last.headers || name !== last.name || partition !== last.partition)
    last = { name, headers, partition, text: aboutOf(job) };
  return newRow(job, state, now, undefined, last.text);
}
