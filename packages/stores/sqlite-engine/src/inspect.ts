import {
  type JobPage,
  type JobState,
  type ListRequest,
  type QueueCounts,
  type StoredJob,
  statesOf,
} from "@longshore/core/adapter";
import { standsAt } from "./schema.ts";
import type { StoreState } from "./state.ts";
import { dataOf, stateAt, storedJob } from "./job.ts";
import type { HeldLease } from "./leases.ts";
import { MOST_CHARACTERS } from "./answer-size.ts";
import { charactersOf } from "./row-size.ts";
import { type Row, stands } from "./row.ts";
import { addCounts } from "./counts.ts";
import { queueWaitsFor } from "./wake.ts";

// ?1 is the current time. ?2 lists the leased jobs, because no table marks them.
const UNEXPIRED = standsAt("?1");
const UNLEASED =
  "coalesce(ended,iif(waiting=0,'blocked',iif(due<=?1,'enqueued',iif(attempt>0 AND snoozed IS NULL,'failed','delayed'))))";
const LEASED = "IN(SELECT value FROM json_each(?2))";

/** Orders by id, which costs nothing; the cursor is the last id shown. */
export function list(state: StoreState, request: ListRequest, most: number = MOST_CHARACTERS, now: number): JobPage {
  const { tables, leases } = state;
  const { queue, name, limit, cursor, descending = false } = request;
  const states = statesOf(request);
  const held = [...leases.held.values()];
  const such = held.filter(({ due }) => states?.includes(due > now ? "active" : "stalled"));
  const among = states?.join() === "dead" ? "INDEXED BY longshore_dead WHERE ended='dead' AND" : "WHERE";
  const beyond = cursor === undefined ? "" : `AND id${descending ? "<" : ">"}?3`;
  // Selects only ids, because sorting rows reads all of their columns. One more id tells whether there is another page.
  const apart = `SELECT id FROM longshore_jobs ${among} ${UNEXPIRED} ${beyond} AND (?4 IS NULL OR queue=?4) AND (?5 IS NULL OR ${UNLEASED} IN(SELECT value FROM json_each(?5)) AND id NOT ${LEASED} OR id IN(SELECT value FROM json_each(?6))) AND (?8 IS NULL OR json_extract(about,'$.name')=?8) ORDER BY id${descending ? " DESC" : ""} LIMIT ?7`;
  const small = tables.small.ids(
    { cursor, descending, limit: limit + 1 },
    (ended) => (queue === undefined || ended.queue === queue) && (states?.includes(ended.state) ?? true),
    (row) =>
      stands(row, now) &&
      (queue === undefined || row.queue === queue) &&
      (name === undefined || dataOf(row).name === name) &&
      (states?.includes(stateAt(row, leases.held.get(row.id), now)) ?? true),
  );
  const query = `SELECT id FROM (${apart}) UNION ALL SELECT value FROM json_each(?9) WHERE true ${beyond.replace("id", "value")} ORDER BY 1${descending ? " DESC" : ""} LIMIT ?7`;
  const found = tables.sql<Pick<Row, "id">>(
    small.length === 0 ? apart : query,
    now,
    idsOf(held),
    cursor ?? null,
    queue ?? null,
    states === undefined ? null : JSON.stringify(states),
    idsOf(such),
    limit + 1,
    name ?? null,
    ...(small.length === 0 ? [] : [JSON.stringify(small)]),
  );
  const why = queueWaitsFor(state, now);
  const jobs: StoredJob[] = [];
  let characters = 0;
  for (const { id } of found) {
    const last = jobs.at(-1);
    if (last !== undefined && (jobs.length === limit || characters > most)) return { jobs, cursor: last.id };
    const row = tables.find(id, now);
    if (row === undefined) continue;
    jobs.push(storedJob(row, leases.held.get(id), why(row.queue), now));
    characters += charactersOf(row);
  }
  return { jobs };
}

/** Where to find the rows of a state without reading all rows. Leased ones are in memory, not in a table. */
const FOUND: { readonly [S in JobState]?: string } = {
  enqueued: "waiting=1 AND due<=?1",
  dead: "ended='dead'",
  active: "0",
  stalled: "0",
};

/** Reads every row, unless all of the requested states can be found otherwise. `completed` never can. */
export function counts(
  { leases, paused, tables }: StoreState,
  now: number,
  states: readonly JobState[] = ["completed"],
): QueueCounts[] {
  const held = [...leases.held.values()];
  const wheres = states.map((state) => FOUND[state] ?? UNEXPIRED);
  const rows = [...new Set(wheres.includes(UNEXPIRED) ? [UNEXPIRED] : wheres)].flatMap((where) => {
    const from = `longshore_jobs WHERE ${where}`;
    // Leased jobs are subtracted afterwards, because checking each row for a lease would read it twice. Sorting would,
    // too; it is not needed for a single state, because the index has a queue's rows together.
    const query = `SELECT queue,${UNLEASED} state,count(*) n FROM ${from} GROUP BY ${where === UNEXPIRED ? "1,2" : 1} UNION ALL SELECT queue,${UNLEASED},-1 FROM ${from} AND id ${LEASED}`;
    return tables.sql<Counted>(query, now, idsOf(held));
  });
  const small = [...tables.small.all()]
    .filter((row) => !leases.held.has(row.id) && stands(row, now))
    .map((row) => ({ queue: row.queue, state: stateAt(row, undefined, now), n: 1 }));
  const all: Counted[] = [
    ...rows,
    ...(wheres.includes(UNEXPIRED) ? tables.small.counts(now) : []),
    ...small.filter(({ state }) => wheres.includes(UNEXPIRED) || states.includes(state)),
    ...held.map(({ queue, due }) => ({ queue, state: due > now ? ("active" as const) : ("stalled" as const), n: 1 })),
    // A paused queue is listed even if it is empty.
    ...[...paused.keys()].map((queue) => ({ queue, state: "active" as const, n: 0 })),
  ];
  return addCounts(all.map(({ queue, state, n }) => ({ queue, paused: paused.has(queue), counts: { [state]: n } })));
}

/** `n`: how many to add; may be negative. */
type Counted = { queue: string; state: JobState; n: number };

function idsOf(held: readonly HeldLease[]): string {
  return JSON.stringify(held.map(({ id }) => id));
}
