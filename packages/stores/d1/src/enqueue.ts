import type { EnqueueAnswer, JobState, NewJob } from "@longshore/core/adapter";
import { formatOf } from "./format.ts";
import { encodeJob, firstsOf, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { changedBy, hasLimits, lettingThrough } from "./let-through.ts";
import { linking, marking } from "./link.ts";
import { type Port, type Statement, chunks, list } from "./port.ts";
import { INSERT_ROUND, enqueueRounds, needsRounds, roundsOfJobs, writesOf } from "./rounds.ts";

const ENQUEUE = inserting("TRUE");

/** The statements that insert these jobs, each with as many as a parameter can hold. */
export function enqueueStatements(jobs: readonly NewJob[], at: number | null): Statement[] {
  if (jobs.some(needsRounds)) {
    const writes = roundsOfJobs(jobs).flatMap((round) => writesOf(round, at, INSERT_ROUND, true));
    // New data may take a job away from the key of its limit.
    const changes = hasLimits(jobs) || jobs.some(({ unique }) => unique !== undefined && unique.on !== "keep");
    return [...formatOf(jobs), ...writes, ...(changes ? [lettingThrough(changedBy(jobs), at)] : [])];
  }
  const parts = chunks(firstsOf(jobs), ({ payload }) => payload.length + 500);
  const inserts = parts.map((part) => ({ sql: ENQUEUE, args: [at, list(part.map((job) => encodeJob(job)))] }));
  return [...formatOf(jobs), ...inserts];
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
  if (jobs.some(({ after }) => after !== undefined)) return enqueueFamilies(port, at, jobs);
  if (jobs.some(needsRounds)) return enqueueRounds(port, at, jobs);
  const rows = await port.write(enqueueStatements(jobs, at));
  const created = new Set(rows.flatMap(readIds));
  if (created.size === jobs.length) return jobs.map(() => ({ status: "created" }));
  const known = await port.read([statesOf([...new Set(jobs.map(({ id }) => id))], at)]);
  return answersTo(jobs, created, readStates(known[0]));
}

const MARK = marking("TRUE");

/** One batch, however many jobs there are: all or none. */
async function enqueueFamilies<P>(port: Port<P>, at: number | null, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  const mark = crypto.randomUUID();
  const before: readonly Statement[] = [...formatOf(jobs), { sql: MARK, args: [at, null, mark] }];
  const { statements, read } = linking(jobs, at, mark);
  const rows = await port.write([...before, ...statements]);
  return read(rows.slice(before.length));
}
