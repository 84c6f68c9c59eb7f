import type { JobPage, JobState, ListRequest, QueueCounts, StoredJob } from "@longshore/core/adapter";
import type { Books } from "./books.ts";
import { storedJob } from "./job.ts";
import type { Row } from "./tables.ts";

// ?1 is now. ?2 says what the leased are, which no table knows: a map of states by id.
const LEASES = "WITH lease(id,state) AS MATERIALIZED (SELECT key,value FROM json_each(?2))";
const STATE = "coalesce(ended,lease.state,iif(due<=?1,'enqueued',iif(attempt>0,'failed','delayed')))";
const STANDS = "LEFT JOIN lease USING(id) WHERE (expires IS NULL OR expires>?1)";

const ROWS_AT_ONCE = 20;
/** What one answer may hold, in characters: an RPC message may have 32 MiB. */
const MOST_CHARACTERS = 8_000_000;

/** In the order of the ids, which costs nothing; the cursor is the last id shown. */
export function list(books: Books, { state, queue, limit, cursor = "" }: ListRequest, now: number): JobPage {
  const by = state === "dead" ? "INDEXED BY longshore_dead" : "";
  const query = `${LEASES} SELECT job.* FROM longshore_jobs job ${by} ${STANDS} ${by && "AND ended='dead'"} AND id>?3 AND (?4 IS NULL OR queue=?4) AND (?5 IS NULL OR ${STATE}=?5) ORDER BY id LIMIT ${ROWS_AT_ONCE}`;
  const jobs: StoredJob[] = [];
  let characters = 0;
  for (let after = cursor; ;) {
    const rows = books.tables.sql<Row>(query, now, leased(books, now), after, queue ?? null, state ?? null);
    for (const row of rows) {
      if (jobs.length === limit || characters > MOST_CHARACTERS) return { jobs, cursor: after };
      after = row.id;
      jobs.push(storedJob(row, books.leases.held.get(after), now));
      characters += row.payload.length + (row.result?.length ?? 0);
    }
    if (rows.length < ROWS_AT_ONCE) return { jobs };
  }
}

/** Reads every row, as any count does. */
export function counts(books: Books, now: number): QueueCounts[] {
  const { paused, tables } = books;
  const queues = new Map<string, Partial<Record<JobState, number>>>([...paused].map((queue) => [queue, {}]));
  const found = tables.sql<{ queue: string; state: JobState; n: number }>(
    `${LEASES} SELECT queue,${STATE} state,count(*) n FROM longshore_jobs ${STANDS} GROUP BY 1,2`,
    now,
    leased(books, now),
  );
  for (const { queue, state, n } of found) queues.set(queue, { ...queues.get(queue), [state]: n });
  return [...queues].map(([queue, counts]) => ({ queue, paused: paused.has(queue), counts }));
}

function leased({ leases }: Books, now: number): string {
  const states = [...leases.held.values()].map(({ id, due }) => [id, due > now ? "active" : "stalled"]);
  return JSON.stringify(Object.fromEntries(states));
}
