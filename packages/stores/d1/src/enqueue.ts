import type { EnqueueAnswer, JobState, NewJob } from "@longshore/core/adapter";
import { aboutWithBeginning } from "./expiry.ts";
import { formatOf } from "./format.ts";
import { type Port, type Rows, type Statement, chunks, list } from "./port.ts";
import { encodeAbout } from "./row.ts";
import { LATEST, NOW, STATES_OF } from "./tables.ts";
import { encodeText, storable } from "./text.ts";

/**
 * Inserts the jobs in ?2 for which a condition holds, and answers the ids of those that it created. One takes the place
 * of a row whose time to be kept is over, or of one for which `replaces` holds.
 */
export function inserting(condition: string, replaces = "FALSE"): string {
  const due = `min(coalesce(value ->> 3, ${NOW} + (value ->> 4)), ${LATEST})`;
  return `INSERT INTO longshore_jobs AS j (id, queue, priority, due, seq, born, keep, size, name, about, payload)
SELECT value ->> 0, value ->> 1, value ->> 2, ${due}, value ->> 5, ${NOW}, value ->> 6, value ->> 7, value ->> 8, ${aboutWithBeginning("value ->> 9", due)}, value ->> 10
FROM json_each(?2) WHERE ${condition}
ON CONFLICT (id) DO UPDATE SET queue = excluded.queue, priority = excluded.priority, due = excluded.due, seq = excluded.seq, born = excluded.born, keep = excluded.keep, size = excluded.size, name = excluded.name, about = excluded.about, payload = excluded.payload,
attempt = 0, token = 0, settled = NULL, until = NULL, waited = NULL, stalled = 0, given = 0, ended = NULL, expires = NULL, since = NULL, why = NULL, failures = NULL, result = NULL
WHERE j.expires <= ${NOW} OR ${replaces} RETURNING id`;
}

const ENQUEUE = inserting("TRUE");

let newest = 0;

/**
 * Orders jobs that become due in the same millisecond by their enqueue. It is kept for all stores of a process, and by
 * its real clock, so that it also grows when a process follows another.
 */
export function nextSeq(): number {
  return (newest = Math.max(newest + 1, Date.now() * 1_000));
}

/** A job as an element of ?2; `more` follows the job's own values. */
export function encodeJob(job: NewJob, ...more: readonly (string | number)[]): readonly unknown[] {
  const { id, queue, priority, due, keepMs, name, payload } = job;
  const [at, inMs] = "at" in due ? [due.at, 0] : [null, Math.ceil(Math.min(due.inMs, LATEST))];
  const keep = Math.ceil(Math.min(keepMs, LATEST));
  const text = encodeText(payload);
  return [storable(id), queue, priority, at, inMs, nextSeq(), keep, text.length, name, encodeAbout(job), text, ...more];
}

/** For each id its first job: a second one is a duplicate of it. */
export function firstsOf(jobs: readonly NewJob[]): NewJob[] {
  const firsts = new Map<string, NewJob>();
  for (const job of jobs) if (!firsts.has(job.id)) firsts.set(job.id, job);
  return [...firsts.values()];
}

/** The statements that insert these jobs, each with as many as a parameter can hold. */
export function enqueueStatements(jobs: readonly NewJob[], at: number | null): Statement[] {
  const parts = chunks(firstsOf(jobs), ({ payload }) => payload.length + 500);
  const inserts = parts.map((part) => ({ sql: ENQUEUE, args: [at, list(part.map((job) => encodeJob(job)))] }));
  return [...formatOf(jobs), ...inserts];
}

export function statesOf(ids: readonly string[], at: number | null): Statement {
  return { sql: STATES_OF, args: [at, list(ids)] };
}

export function readStates(rows: Rows | undefined): Map<string, JobState> {
  const states = (rows ?? []) as readonly { id: string; state: JobState }[]; // the columns of STATES_OF
  return new Map(states.map(({ id, state }) => [id, state]));
}

export function readIds(rows: Rows): string[] {
  return (rows as readonly { id: string }[]).map(({ id }) => id); // the column that the statements return
}

/** `created`: the ids of the rows made. A row that is gone by now has been completed, or somebody removed it. */
export function answersTo(
  jobs: readonly NewJob[],
  created: ReadonlySet<string>,
  states: ReadonlyMap<string, JobState>,
): EnqueueAnswer[] {
  const left = new Set(created);
  return jobs.map(({ id }) => {
    if (left.delete(id)) return { status: "created" };
    return { status: "duplicate", state: states.get(id) ?? "completed" };
  });
}

export async function enqueue<P>(port: Port<P>, at: number | null, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  if (jobs.length === 0) return [];
  const rows = await port.write(enqueueStatements(jobs, at));
  const created = new Set(rows.flatMap(readIds));
  if (created.size === jobs.length) return jobs.map(() => ({ status: "created" }));
  const known = await port.read([statesOf([...new Set(jobs.map(({ id }) => id))], at)]);
  return answersTo(jobs, created, readStates(known[0]));
}
