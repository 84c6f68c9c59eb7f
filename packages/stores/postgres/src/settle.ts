import type { EnqueueAnswer, JobState, NewJob, SettleAnswer, Settlement } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { decodeAnswers, encodeJobs } from "./enqueue.ts";
import { channelOf } from "./notify.ts";
import type { Place, Places } from "./places.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";
import { encodeText, storable } from "./text.ts";

/**
 * The usual end of jobs of which nothing is kept: each row is deleted where it is, if it still has the token. Returns
 * how many were, and which: with `told`, or if not all were.
 */
export const finishFunction = (schema: string): SqlFunction => ({
  name: "finish_v2",
  parameters: "at int8, places text, tokens text, told bool",
  returns: "table (amount int4, finished text, ran text, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  p constant tid[] := places::tid[];
  k constant int8[] := tokens::int8[];`,
  body: `
  return query with f as (
    delete from ${schema}.job j using unnest(p, k) as s(place, token)
    where j.ctid = s.place and j.token = s.token and j.until is not null and j.keep = 0
    returning j.token, t - j.claimed as ran
  )
  select count(*)::int4, case when told or count(*) < cardinality(k) then array_to_json(array_agg(f.token))::text end,
    case when told then array_to_json(array_agg(f.ran))::text end, t from f;`,
});

const SETTLEMENTS =
  "json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text)";
/** As `isUnable` of the core; reasons are kept as JSON. */
const UNABLE = (column: string): string => `starts_with(${column}, '"no worker has ')`;

/**
 * Settles any jobs, each id once. The first statement locks the rows in the order of their ids; the second sees them as
 * they are then.
 */
export const settleFunction = (schema: string): SqlFunction => ({
  name: "settle",
  parameters: "at int8, settlements text, ring bool",
  returns: "table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8)",
  declare: `t constant int8 := coalesce(at, ${SERVER_NOW});`,
  body: `
  perform from ${SETTLEMENTS} join ${schema}.job j on j.id = s.id order by j.id for update of j;
  if ring then perform pg_notify('${channelOf(schema)}', ''); end if;
  return query with s as materialized (
    select s.*, j.ctid as place, j.token as newest, j.until, j.settled, j.ended, j.keep, j.queue, j.name, j.attempt,
      j.waited, j.claimed
    from ${SETTLEMENTS} left join ${schema}.job j on j.id = s.id and (j.expires is null or j.expires > t)
  ), held as materialized (
    select * from s where s.newest = s.token and s.until is not null
  ), deleted as (
    delete from ${schema}.job j using held h where j.ctid = h.place and h.type = 'complete' and h.keep = 0
  ), updated as (
    update ${schema}.job j set
      until = null, settled = h.token, given = h.type = 'snooze', attempt = j.attempt - (h.type = 'snooze')::int4,
      due = case when h.type in ('retry', 'snooze') then t + h.delay else t end,
      ended = case h.type when 'complete' then 'completed' when 'dead' then 'dead' end,
      expires = case when h.type = 'complete' then t + j.keep end,
      result = h.result,
      why = case when h.type = 'snooze' then coalesce(h.reason, j.why) end,
      since = case when h.type <> 'snooze' then null
        when h.reason is null or h.reason = j.why or ${UNABLE("h.reason")} and ${UNABLE("j.why")} then j.since else t end,
      failures = case when h.failure is null then j.failures
        else (case when cardinality(j.failures) >= 10 then j.failures[1:1] || j.failures[3:10] else j.failures end)
          || ('{"attempt":' || j.attempt || ',"at":' || t || ',' || substr(h.failure, 2)) end
    from held h where j.ctid = h.place and not (h.type = 'complete' and h.keep = 0)
  )
  select s.i, case when s.newest is null then 'gone' when s.newest <> s.token then 'stale'
      when s.until is not null then 'accepted' when s.settled = s.token then 'repeated'
      when s.ended = 'cancelled' then 'cancelled' else 'stale' end,
    s.queue, s.name, s.attempt, s.waited, t - s.claimed, t
  from s;`,
});

/**
 * Settles in steps, one after the other: for ids that occur twice, and for settlements with follow-up jobs. Those of
 * what is accepted are enqueued in the same transaction; `place` and `state` are about one that is a duplicate.
 */
export const settleInStepsFunction = (schema: string): SqlFunction => ({
  name: "settle_in_steps_v2",
  parameters: "at int8, steps text, ring bool",
  returns:
    "table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8, place int4, state text)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  step json;
  one record;`,
  body: `
  for step in select value from json_array_elements(steps::json) loop
    for one in select * from ${schema}.settle(t, step ->> 'settlements', ring) loop
      return query select one.i, one.answer, one.queue, one.name, one.attempt, one.waited, one.ran, t, null::int4, null::text;
      if one.answer = 'accepted' and step ->> 'jobs' is not null then
        return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, e.i, e.state
          from ${schema}.enqueue_v2(t, step ->> 'jobs', (step ->> 'amount')::int4, case when ring then '' end) e;
      end if;
    end loop;
  end loop;`,
});

type Settled = {
  readonly i: number;
  readonly answer: Exclude<SettleAnswer, object> | "next";
  readonly queue: string;
  readonly name: string;
  readonly attempt: number;
  readonly waited: string;
  readonly ran: string;
  readonly now: string;
  readonly place: number | null;
  readonly state: JobState | null;
};

/** Told of each settlement that was accepted, and of each follow-up that was created. */
export type Tally = {
  settled(
    job: Pick<Place, "name" | "queue" | "attempt" | "waitedMs">,
    settlement: Settlement,
    ranMs: number,
    now: number,
  ): void;
  enqueued(job: NewJob, now: number): void;
};

export async function settle(
  query: Query,
  schema: string,
  at: number | null,
  settlements: readonly Settlement[],
  places: Places,
  ring: boolean,
  tally: Tally | undefined,
): Promise<readonly SettleAnswer[]> {
  const answers: SettleAnswer[] = [];
  const rest: Indexed[] = [];
  const placed: Placed[] = [];
  const inSteps = needSteps(settlements);
  settlements.forEach((settlement, i) => {
    const place = places.take(settlement);
    if (place === undefined || inSteps) rest.push([i, settlement]);
    else placed.push({ i, settlement, place });
  });
  if (placed.length > 0) {
    const finished = await finish(query, schema, at, placed, tally);
    for (const { i, settlement } of placed) {
      if (finished === undefined || finished.has(settlement.token)) answers[i] = "accepted";
      else rest.push([i, settlement]);
    }
  }
  if (rest.length === 0) return answers;
  const wakes = ring && rest.some(([, { outcome }]) => outcome.type === "retry" || outcome.type === "snooze");
  const rows = inSteps
    ? await query<Settled>(`select * from ${schema}.settle_in_steps_v2($1::int8, $2::text, $3::bool)`, [
        at,
        JSON.stringify(stepsOf(rest)),
        ring,
      ])
    : await query<Settled>(`select * from ${schema}.settle($1::int8, $2::text, $3::bool)`, [
        at,
        encodeSettlements(rest),
        wakes,
      ]);
  for (const { i, answer, queue, name, attempt, waited, ran, now } of rows) {
    if (answer === "next") continue;
    answers[i] = answer;
    const place = { queue, name, attempt, waitedMs: Math.max(0, Number(waited)) };
    if (answer === "accepted") tally?.settled(place, settlements[i] as Settlement, Number(ran), Number(now)); // one of them
  }
  for (const [i, { outcome, next = [] }] of rest) {
    if (answers[i] !== "accepted" || outcome.type !== "complete" || next.length === 0) continue;
    answers[i] = {
      status: "accepted",
      next: followUps(
        next,
        rows.filter((row) => row.i === i && row.answer === "next"),
        tally,
      ),
    };
  }
  return answers;
}

type Indexed = readonly [i: number, settlement: Settlement];

type Placed = { readonly i: number; readonly settlement: Settlement; readonly place: Place };

type Finished = {
  readonly amount: number;
  readonly finished: string | null;
  readonly ran: string | null;
  readonly now: string;
};

/** Deletes jobs where they are. Returns the tokens of those that it found there; undefined for all. */
async function finish(
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
    if (ms !== undefined) tally?.settled(place, settlement, ms, Number(row?.now));
  }
  return new Set(finished);
}

function followUps(
  next: readonly NewJob[],
  rows: readonly Settled[],
  tally: Tally | undefined,
): readonly EnqueueAnswer[] {
  const told = rows.map(({ place, state, now }) => ({ i: place ?? -1, state, now }));
  const { answers, now } = decodeAnswers(next, encodeJobs(next).sent, told);
  answers.forEach(({ status }, i) => {
    if (status === "created") tally?.enqueued(next[i] as NewJob, now); // one for each
  });
  return answers;
}

function hasNext({ outcome, next = [] }: Settlement): boolean {
  return outcome.type === "complete" && next.length > 0;
}

/** One statement sees each row once, and follow-ups come after the settlement before them. */
function needSteps(settlements: readonly Settlement[]): boolean {
  return settlements.some(hasNext) || new Set(settlements.map(({ id }) => id)).size < settlements.length;
}

type Step = { readonly settlements: string; readonly jobs?: string; readonly amount?: number };

function stepsOf(settlements: readonly Indexed[]): readonly Step[] {
  const steps: Step[] = [];
  let together: Indexed[] = [];
  const close = (): void => {
    if (together.length > 0) steps.push({ settlements: encodeSettlements(together) });
    together = [];
  };
  for (const one of settlements) {
    const [, settlement] = one;
    if (together.some(([, { id }]) => id === settlement.id) || hasNext(settlement)) close();
    if (hasNext(settlement)) {
      const { json, sent } = encodeJobs(settlement.next ?? []);
      steps.push({ settlements: encodeSettlements([one]), jobs: json, amount: sent.length });
    } else {
      together.push(one);
    }
  }
  close();
  return steps;
}

function encodeSettlements(settlements: readonly Indexed[]): string {
  return JSON.stringify(
    settlements.map(([i, { id: of, token, outcome }]) => {
      const id = storable(of);
      const { type } = outcome;
      switch (type) {
        case "complete":
          return { i, id, token, type, ...(outcome.result !== undefined && { result: encodeText(outcome.result) }) };
        case "retry":
          return { i, id, token, type, delay: Math.ceil(outcome.delayMs), failure: JSON.stringify(outcome.failure) };
        case "snooze":
          return { i, id, token, type, delay: Math.ceil(outcome.delayMs), reason: JSON.stringify(outcome.reason) };
        case "dead":
          return { i, id, token, type, failure: JSON.stringify(outcome.failure) };
      }
    }),
  );
}
