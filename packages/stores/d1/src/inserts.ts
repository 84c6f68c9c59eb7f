import type { JobState, NewJob } from "@longshore/core/adapter";
import { aboutWithBeginning } from "./expiry.ts";
import { type Rows, type Statement, list } from "./port.ts";
import type { Related } from "./family.ts";
import { encodeAbout } from "./row.ts";
import { LATEST, NOW, STATES_OF } from "./tables.ts";
import { encodeText, storable } from "./text.ts";

/** When a job is due, an element of ?2. */
export const DUE: string = `min(coalesce(value ->> 3, ${NOW} + (value ->> 4)), ${LATEST})`;

type Inserting = Readonly<Record<"before" | "replaces" | "source" | "queue" | "due" | "about", string>>;

/**
 * Inserts the jobs in ?2 for which a condition holds, and answers the ids of those that it created. One takes the place
 * of a row whose time to be kept is over, or of one for which `replaces` holds. `source` has a `value` for each job,
 * and may use what is `before` the statement.
 */
export function inserting(condition: string, parts: Partial<Inserting> = {}): string {
  const {
    before = "",
    replaces = "FALSE",
    source = "json_each(?2)",
    queue = "value ->> 1",
    due = DUE,
    about = "value ->> 9",
  } = parts;
  return `${before} INSERT INTO longshore_jobs AS j (id, queue, priority, due, seq, born, keep, size, name, about, payload)
SELECT value ->> 0, ${queue}, value ->> 2, ${due}, value ->> 5, ${NOW}, value ->> 6, value ->> 7, value ->> 8, ${aboutWithBeginning(about, due)}, value ->> 10
FROM ${source} WHERE ${condition}
ON CONFLICT (id) DO UPDATE SET queue = excluded.queue, priority = excluded.priority, due = excluded.due, seq = excluded.seq, born = excluded.born, keep = excluded.keep, size = excluded.size, name = excluded.name, about = excluded.about, payload = excluded.payload,
attempt = 0, token = 0, settled = NULL, until = NULL, waited = NULL, stalled = 0, given = 0, ended = NULL, expires = NULL, since = NULL, why = NULL, failures = NULL, result = NULL
WHERE j.expires <= ${NOW} OR ${replaces} RETURNING id`;
}

/** For each id its first job: a second one is a duplicate of it. */
export function firstsOf(jobs: readonly NewJob[]): NewJob[] {
  const firsts = new Map<string, NewJob>();
  for (const job of jobs) if (!firsts.has(job.id)) firsts.set(job.id, job);
  return [...firsts.values()];
}

let newest = 0;

/**
 * Orders jobs that become due in the same millisecond by their enqueue. It is kept for all stores of a process, and by
 * its real clock, so that it also grows when a process follows another. The last of so many.
 */
export function nextSeq(count = 1): number {
  return (newest = Math.max(newest + count, Date.now() * 1_000));
}

/** An instant, or in how many ms. */
export function dueOf(due: NewJob["due"]): readonly [at: number | null, inMs: number | null] {
  return "at" in due ? [due.at, null] : [null, Math.ceil(Math.min(due.inMs, LATEST))];
}

/** A job as an element of ?2; `more` follows the job's own values, as 12 and so on. */
export function encodeJob(job: NewJob | Related, ...more: readonly (string | number)[]): readonly unknown[] {
  const { id, queue, priority, due, keepMs, name, payload, maxDepth = null } = job;
  const keep = Math.ceil(Math.min(keepMs, LATEST));
  const text = encodeText(payload);
  const data = [keep, text.length, name, encodeAbout(job), text];
  return [storable(id), queue, priority, ...dueOf(due), "seq" in job ? job.seq : nextSeq(), ...data, maxDepth, ...more];
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
