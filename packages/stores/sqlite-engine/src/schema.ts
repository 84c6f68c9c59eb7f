/** The columns of a job; those that may be long are last. */
export const JOB: readonly string[] =
  "rev id queue priority waiting due seq ended expires attempt token born keep about snoozed failures result payload".split(
    " ",
  );

/** Whether children of an ended job have not ended, so that it stands whatever its `keep`. Of nearly all it has none. */
export const NEEDED = `instr(longshore_jobs.about,'"before":')>0 AND EXISTS(SELECT 1 FROM json_each(longshore_jobs.about,'$.before') b JOIN longshore_jobs c ON c.id=b.value->>0 WHERE c.ended IS NULL AND c.about->>'$.after.n'=b.value->>1)`;

/** Whether a row counts at this time. */
export function standsAt(now: string): string {
  return `(expires IS NULL OR expires>${now} OR ${NEEDED})`;
}

/**
 * Cloudflare bills rows written, and an index entry counts as one. So a job that starts at once enters no index, and
 * a claim writes no job. Small things (leases, schedules, pauses) are rows of JSON in `meta`. Every write gives its row
 * a new `rev`, which shows whether the write was rolled back.
 */
export const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS longshore_jobs(${JOB.join()},PRIMARY KEY(id)) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS longshore_waiting ON longshore_jobs(queue,priority,due,seq) WHERE waiting=1",
  "CREATE INDEX IF NOT EXISTS longshore_dead ON longshore_jobs(due) WHERE ended='dead'",
  "CREATE TABLE IF NOT EXISTS longshore_meta(id PRIMARY KEY,rev,value) WITHOUT ROWID",
];
