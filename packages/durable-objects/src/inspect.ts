import type { JobPage, JobState, ListRequest, QueueCounts, StoredJob } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { stateAt, storedJob } from "./job.ts";
import type { Row } from "./tables.ts";

/** What narrows the rows down before their leases are looked at; the leased have lists of their own. */
const WHERE: Readonly<Record<JobState, string>> = {
  completed: "ended='completed'",
  cancelled: "ended='cancelled'",
  dead: "ended='dead'",
  enqueued: "ended IS NULL AND due<=?3",
  delayed: "ended IS NULL AND due>?3 AND attempt=0",
  failed: "ended IS NULL AND due>?3 AND attempt>0",
  active: "id IN (SELECT value FROM json_each(?5))",
  stalled: "id IN (SELECT value FROM json_each(?5))",
  blocked: "FALSE",
};
const ROWS_AT_ONCE = 20;
/** What one answer may hold, in characters: an RPC message may have 32 MiB. */
const MOST_CHARACTERS = 8_000_000;

/** In the order of the ids, which costs nothing; the cursor is the last id shown. */
export function list(books: Books, { state, queue, limit, cursor = "" }: ListRequest, now: number): JobPage {
  const { tables, leases } = books;
  const from = state === "dead" ? "longshore_jobs INDEXED BY longshore_dead" : "longshore_jobs";
  const query = `SELECT * FROM ${from} WHERE id>?1 AND (?2 IS NULL OR queue=?2) AND (expires IS NULL OR expires>?3)
    AND ${state === undefined ? "TRUE" : WHERE[state]} AND ?5 IS NOT NULL ORDER BY id LIMIT ?4`;
  const leased = JSON.stringify([...leases.held.keys()]);
  const jobs: StoredJob[] = [];
  let characters = 0;
  for (let after = cursor; ; ) {
    const rows = tables.sql<Row>(query, after, queue ?? null, now, ROWS_AT_ONCE, leased);
    for (const row of rows) {
      const lease = leases.held.get(row.id);
      if (state !== undefined && stateAt(row, lease, now) !== state) continue;
      if (jobs.length === limit || characters > MOST_CHARACTERS) return { jobs, cursor: jobs.at(-1)?.id };
      jobs.push(storedJob(row, lease, now));
      characters += row.payload.length + (row.result?.length ?? 0);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return { jobs };
    after = last.id;
  }
}

type Counted = { readonly queue: string; readonly ended: string | null; readonly late: number; readonly tried: number; readonly n: number };

/** Reads every row, as any count does. */
export function counts({ tables, leases, paused }: Books, now: number): QueueCounts[] {
  const found = new Map<string, Partial<Record<JobState, number>>>();
  const add = (queue: string, state?: JobState, n = 0): void => {
    const counts = found.get(queue) ?? {};
    if (state !== undefined) counts[state] = (counts[state] ?? 0) + n;
    found.set(queue, counts);
  };
  for (const queue of paused) add(queue);
  for (const { queue, until } of leases.held.values()) add(queue, until > now ? "active" : "stalled", 1);
  for (const { queue, ended, late, tried, n } of tables.sql<Counted>(
    `SELECT queue,ended,due<=?1 late,attempt>0 tried,count(*) n FROM longshore_jobs
     WHERE (expires IS NULL OR expires>?1) AND id NOT IN (SELECT value FROM json_each(?2)) GROUP BY 1,2,3,4`,
    now,
    JSON.stringify([...leases.held.keys()]),
  )) {
    const waiting = late === 1 ? "enqueued" : tried === 1 ? "failed" : "delayed";
    add(queue, (ended as JobState | null) ?? waiting, n); // written by us
  }
  return [...found].map(([queue, counts]) => ({ queue, paused: paused.has(queue), counts }));
}
