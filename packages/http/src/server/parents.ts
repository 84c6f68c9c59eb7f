import { type JobRef, type NewJob, type StoredJob, checkBatch } from "@longshore/core/adapter";

/** As many as one job may have: each is looked up. */
const MOST_PARENTS = 10_000;
/** Before the id of a parent that does not stand: no job has such an id, and none will have it when the store looks. */
const NOBODY = "?";

/**
 * Decides which jobs the new ones may come after: those that a caller may name, and those of the same call. `lookUp`:
 * reads the rows of some jobs. `refuse`: throws unless the caller may reach the row. Returns a job as it may be passed on.
 * One that comes after a job which does not stand is still passed on, for the store to answer, but by an id that no job can
 * get meanwhile (docs/decisions/0074).
 */
export async function knownParents(
  jobs: readonly NewJob[],
  lookUp: (refs: readonly JobRef[]) => Promise<readonly (Pick<StoredJob, "queue" | "name"> | undefined)[]>,
  refuse: (row: Pick<StoredJob, "queue" | "name">, ref: JobRef) => void,
): Promise<(job: NewJob) => NewJob> {
  const parents = new Map<string, JobRef>();
  for (const { after } of jobs) for (const ref of after?.jobs ?? []) parents.set(keyOf(ref), ref);
  const refs = [...parents.values()];
  checkBatch(refs, MOST_PARENTS);
  const rows = await lookUp(refs);
  const standing = new Set<string>();
  refs.forEach((ref, i) => {
    const row = rows[i];
    if (row === undefined) return;
    refuse(row, ref);
    standing.add(keyOf(ref));
  });
  const ofCall = new Set(jobs.map(({ id }) => id));
  return (job) => {
    if (job.after === undefined) return job;
    const named = job.after.jobs.map((ref): JobRef => {
      const { id, partition = id } = ref;
      return ofCall.has(id) || standing.has(keyOf(ref)) ? ref : { id: NOBODY + id, partition };
    });
    return { ...job, after: { ...job.after, jobs: named } };
  };
}

function keyOf({ id, partition = id }: JobRef): string {
  return `${id} ${partition}`;
}

/** As `unknownParent` of the core says it. */
const UNKNOWN_PARENT = /^no job \S{1,300} stands that \S{1,300} could come after$/;

/** The message of an answer about a parent that does not stand, for the caller; undefined of any other, which may tell secrets. */
export function aboutParent(message: string): string | undefined {
  return UNKNOWN_PARENT.test(message) ? message.replace(` ${NOBODY}`, " ") : undefined;
}
