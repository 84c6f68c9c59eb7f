import type { Settlement, Tally } from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { addDepths, isCounted } from "./depths.ts";
import type { Place } from "./places.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";

/**
 * The usual end of jobs of which nothing is kept: the rows are deleted where they are, if they still have one of the tokens, which
 * no two rows share. Returns how many were, and which: with `told`, or if not all were.
 */
export const finishFunction = (schema: string): SqlFunction => ({
  name: "finish_v2",
  parameters: "at int8, places text, tokens text, told bool",
  returns: "table (amount int4, finished text, ran text, now int8)",
  // A nested loop would begin a scan for each place. The planner expects more of a series than of a list, and so deletes in
  // the order of the tokens (docs/decisions/0112).
  join: "hash",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  p constant tid[] := places::tid[];
  k constant int8[] := tokens::int8[];
  is_counted constant bool := ${isCounted(schema)};`,
  body: `
  return query with f as (
    delete from ${schema}.job j using (select k[i] as token from generate_series(1, cardinality(k)) i) s
    where j.ctid = any(p) and j.token = s.token and j.until is not null and j.keep = 0
    returning j.token, t - j.claimed as ran, j.queue
  ), counted as (
    ${addDepths(schema, "(select f.queue, -count(*) as jobs from f where is_counted group by f.queue)")}
  )
  select count(*)::int4, case when told or count(*) < cardinality(k) then array_to_json(array_agg(f.token))::text end,
    case when told then array_to_json(array_agg(f.ran))::text end, t from f;`,
});

/** What is told of a settlement that was accepted. */
export function countEnd(
  tally: Tally | undefined,
  job: Pick<Place, "name" | "queue" | "attempt" | "waitedMs">,
  { outcome }: Settlement,
  ranMs: number,
  now: number,
): void {
  const { attempt, waitedMs } = job;
  tally?.settled(job, { outcome: outcome.type, attempt, waitedMs, ranMs: Math.max(0, ranMs) }, now);
}

export type Placed = { readonly i: number; readonly settlement: Settlement; readonly place: Place };

type Finished = {
  readonly amount: number;
  readonly finished: string | null;
  readonly ran: string | null;
  readonly now: Int8;
};

/** Deletes jobs where they are. Returns the tokens of those that it found there; undefined for all. */
export async function finish(
  query: Query,
  schema: string,
  at: number | null,
  placed: readonly Placed[],
  tally: Tally | undefined,
): Promise<ReadonlySet<number> | undefined> {
  // By id, as every other statement locks its rows.
  const inOrder = [...placed].sort((a, b) => (a.place.id < b.place.id ? -1 : 1));
  const places = `{${inOrder.map(({ place }) => `"${place.place}"`).join(",")}}`;
  const tokens = `{${inOrder.map(({ settlement }) => settlement.token).join(",")}}`;
  const [row] = await query<Finished>(`select * from ${schema}.finish_v2($1::int8, $2::text, $3::text, $4::bool)`, [
    at,
    places,
    tokens,
    tally !== undefined,
  ]);
  if (row?.amount === placed.length && tally === undefined) return undefined;
  const finished: readonly number[] = JSON.parse(row?.finished ?? "[]");
  const ran: readonly number[] = JSON.parse(row?.ran ?? "[]");
  const ranMs = new Map(finished.map((token, i) => [token, ran[i] ?? 0]));
  for (const { settlement, place } of placed) {
    const ms = ranMs.get(settlement.token);
    if (ms !== undefined) countEnd(tally, place, settlement, ms, Number(row?.now));
  }
  return new Set(finished);
}
