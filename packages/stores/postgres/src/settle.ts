import type { EnqueueAnswer, NewJob, SettleAnswer, Settlement, Tally } from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { decodeAnswers, encodeJobs } from "./enqueue.ts";
import { decodeKeyedAnswers, isCreated, isKeyed } from "./keyed-jobs.ts";
import { addDepths, isCounted } from "./depths.ts";
import { keepOf, keyIn } from "./keys.ts";
import { hasFamily, numberOf } from "./family.ts";
import { isLimited, laneOf } from "./lanes.ts";
import { type Placed, countEnd, finish } from "./finish.ts";
import { channelOf } from "./notify.ts";
import type { Places } from "./places.ts";
import { type SqlFunction, equals, ordered } from "./plan.ts";
import { SERVER_NOW, withFailure } from "./tables.ts";
import { type Indexed, encodeSettlements, hasNext, needSteps, stepsOf } from "./settlements.ts";

const SETTLEMENTS =
  "json_to_recordset(settlements::json) as s(i int4, id text, token int8, type text, delay int8, result text, failure text, reason text)";
/** As `isUnable` of the core; reasons are kept as JSON. */
const UNABLE = (column: string): string => `starts_with(${column}, '"no worker has ')`;

/**
 * Settles any jobs, each id once. The first statement locks the rows in the order of their ids; the second sees them as
 * they are then. Listeners hear of it with `ring`, and if another job may start because one has ended, of which a row
 * without a settlement tells; never if it is null. `lanes`: as for an enqueue; those that are told come in such rows.
 */
export const settleFunction = (schema: string): SqlFunction => ({
  name: "settle_v4",
  parameters: "at int8, settlements text, ring bool, lanes text",
  returns: "table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  accepted text[];
  related text[] := '{}';
  ended record;
  step int4 := 0;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  steps int4[] := '{}';
  follower record;
  followed bool := false;
  is_counted constant bool := ${isCounted(schema)};
  fates record;`,
  body: `
  select array_agg(l.id order by l.i) filter (where l.keep < 0 and l.until is not null and l.newest = l.token) into accepted from (
    select s.i, s.token, j.id, j.keep, j.until, j.token as newest from ${SETTLEMENTS} join ${schema}.job j on ${equals("j.id", "s.id")} order by ${ordered("j.id")} for update of j
  ) l;
  if ring then perform pg_notify('${channelOf(schema)}', ''); end if;
  return query with s as materialized (
    select s.*, j.ctid as place, j.token as newest, j.until, j.settled, j.ended, j.keep, j.queue, j.name, j.attempt,
      j.waited, j.claimed
    from ${SETTLEMENTS} left join ${schema}.job j on ${equals("j.id", "s.id")} and (j.expires is null or j.expires > t)
  ), held as materialized (
    select * from s where s.newest = s.token and s.until is not null
  ), deleted as (
    delete from ${schema}.job j using held h where j.ctid = h.place and h.type = 'complete' and h.keep = 0
  ), updated as (
    update ${schema}.job j set
      until = null, settled = h.token, given = h.type = 'snooze', attempt = j.attempt - (h.type = 'snooze')::int4,
      due = case when h.type in ('retry', 'snooze') then t + h.delay else t end,
      ended = case h.type when 'complete' then 'completed' when 'dead' then 'dead' end,
      expires = case when h.type = 'complete' then t + ${keepOf("j")} end,
      result = h.result,
      why = case when h.type = 'snooze' then coalesce(h.reason, j.why) end,
      since = case when h.type <> 'snooze' then null
        when h.reason is null or h.reason = j.why or ${UNABLE("h.reason")} and ${UNABLE("j.why")} then j.since else t end,
      failures = case when h.failure is null then j.failures
        else ${withFailure("j", `'{"attempt":' || j.attempt || ',"at":' || t || ',' || substr(h.failure, 2)`)} end
    from held h where j.ctid = h.place and not (h.type = 'complete' and h.keep = 0)
  ), counted as (
    ${addDepths(schema, "(select h.queue, -count(*) as jobs from held h where is_counted and h.type in ('complete', 'dead') group by h.queue)")}
  )
  select s.i, case when s.newest is null then 'gone' when s.newest <> s.token then 'stale'
      when s.until is not null then 'accepted' when s.settled = s.token then 'repeated'
      when s.ended = 'cancelled' then 'cancelled' else 'stale' end,
    s.queue, s.name, s.attempt, s.waited, t - s.claimed, t
  from s;
  if accepted is null then return; end if;
  -- In the order in which an enqueue locks them, and only those that these jobs hold.
  perform from ${schema}.key k where k.id = any(accepted) and k.key = any(array(
    select ${keyIn("j.about")} ->> 'key' from ${schema}.job j where j.id = any(accepted)
  )) order by ${ordered("k.key")} for update;
  for ended in select j.id, j.seq, j.ended, ${keyIn("j.about")} ->> 'key' as key, ${laneOf("j")} as lane, ${isLimited("j")} as limited, ${hasFamily("j")} as related
    from unnest(accepted) with ordinality as a(id, i) join ${schema}.job j on ${equals("j.id", "a.id")} order by a.i
  loop
    step := step + 1;
    followed := followed or ended.limited;
    if ended.lane is not null then
      lane_keys := lane_keys || ended.lane;
      lane_ids := lane_ids || ended.id;
      steps := steps || step;
    end if;
    continue when ended.ended is null;
    if ${schema}.leave_key(t, ended.id, ended.seq, ended.key, t, true) then
      followed := true;
      select j.id, ${laneOf("j")} as lane into follower from ${schema}.key k join ${schema}.job j on ${equals("j.id", "k.id")} where k.key = ended.key;
      if follower.lane is not null then
        lane_keys := lane_keys || follower.lane;
        lane_ids := lane_ids || follower.id;
        steps := steps || step;
      end if;
    end if;
    if ended.related then related := related || ended.id; end if;
    delete from ${schema}.job where id = ended.id and expires <= t and not ended.related;
  end loop;
  -- When all keys are locked: who has the row of a relative waits for nothing but lanes.
  for ended in select j.id, j.ended, ${numberOf("j")} as number, a.i::int4 as step, s.i
    from unnest(related) as r(id) join unnest(accepted) with ordinality as a(id, i) on a.id = r.id join ${SETTLEMENTS} on s.id = r.id
      join ${schema}.job j on ${equals("j.id", "r.id")} order by a.i
  loop
    select * into fates from ${schema}.end_family(t, ended.id, ended.number, ended.ended, t, lanes = 'open');
    if fates.freed + fates.buried > 0 then
      return query select ended.i, null::text, null::text, null::text, fates.freed, fates.buried::int8, null::int8, t;
    end if;
    followed := followed or fates.freed > 0;
    lane_keys := lane_keys || fates.lane_keys;
    lane_ids := lane_ids || fates.lane_ids;
    steps := steps || array_fill(ended.step, array[cardinality(fates.lane_ids)]);
    delete from ${schema}.job where id = ended.id and expires <= t;
  end loop;
  if fates is not null then
    select array_agg(e.key order by e.step, e.o), array_agg(e.id order by e.step, e.o), array_agg(e.step order by e.step, e.o) into lane_keys, lane_ids, steps
      from unnest(lane_keys, lane_ids, steps) with ordinality as e(key, id, step, o);
    lane_keys := coalesce(lane_keys, '{}');
  end if;
  if lanes = 'told' then
    return query select -1, null::text, e.key, e.id, e.step, null::int8, null::int8, t from unnest(lane_keys, lane_ids, steps) as e(key, id, step);
  elsif lane_keys <> '{}' then
    perform ${schema}.let_through(t, lane_keys, lane_ids, steps, lanes = 'open');
  end if;
  if not followed then return; end if;
  return query select -1, null::text, null::text, null::text, null::int4, null::int8, null::int8, t;
  if not ring then perform pg_notify('${channelOf(schema)}', ''); end if;`,
});

/** What code of versions 2 and 3 calls. */
export const settleThenFunction = (schema: string): SqlFunction => ({
  name: "settle",
  parameters: "at int8, settlements text, ring bool",
  returns: "table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8)",
  body: `return query select * from ${schema}.settle_v4(at, settlements, ring, 'now');`,
});

/**
 * Settles in steps, one after the other: for ids that occur twice, and for settlements with follow-up jobs. Those of
 * what is accepted are enqueued in the same transaction; `place` and `state` are about one that is a duplicate. Without
 * an `amount`, some have unique keys, and `state` is the answer to each.
 */
export const settleInStepsFunction = (schema: string): SqlFunction => ({
  name: "settle_in_steps_v4",
  parameters: "at int8, steps text, ring bool, lanes text",
  returns:
    "table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8, place int4, state text)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  step json;
  one record;
  added record;
  n int4 := 0;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';
  lane_steps int4[] := '{}';`,
  body: `
  for step in select value from json_array_elements(steps::json) loop
    n := n + 1000;
    for one in select * from ${schema}.settle_v4(t, step ->> 'settlements', ring, 'told') loop
      if one.i = -1 and one.queue is not null then
        lane_keys := lane_keys || one.queue;
        lane_ids := lane_ids || one.name;
        lane_steps := lane_steps || n + one.attempt;
        continue;
      end if;
      return query select one.i, one.answer, one.queue, one.name, one.attempt, one.waited, one.ran, t, null::int4, null::text;
      if one.answer = 'accepted' and step ->> 'jobs' is not null then
        if step ->> 'amount' is null then
          for added in select * from ${schema}.enqueue_keyed_v4(t, step ->> 'jobs', case when ring then '' end, 'told') loop
            if added.i = -2 then
              lane_keys := lane_keys || (added.answer::json ->> 0);
              lane_ids := lane_ids || (added.answer::json ->> 1);
              lane_steps := lane_steps || n + 999;
              continue;
            end if;
            return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, added.i, added.answer;
          end loop;
        else
          return query select one.i, 'next', null::text, null::text, null::int4, null::int8, null::int8, t, e.i, e.state
            from ${schema}.enqueue_v8(t, step ->> 'jobs', (step ->> 'amount')::int4, case when ring then '' end, false) e;
        end if;
      end if;
    end loop;
  end loop;
  if lane_keys <> '{}' then perform ${schema}.let_through(t, lane_keys, lane_ids, lane_steps, lanes = 'open'); end if;`,
});

/** What code of versions 2 and 3 calls. */
export const settleInStepsThenFunction = (schema: string): SqlFunction => ({
  name: "settle_in_steps_v2",
  parameters: "at int8, steps text, ring bool",
  returns:
    "table (i int4, answer text, queue text, name text, attempt int4, waited int8, ran int8, now int8, place int4, state text)",
  body: `return query select * from ${schema}.settle_in_steps_v4(at, steps, ring, 'now');`,
});

type Settled = {
  readonly i: number;
  /** Null: another job may start, or how many are freed (`attempt`) and buried (`waited`) by this one's end. */
  readonly answer: Exclude<SettleAnswer, object> | "next" | null;
  readonly queue: string;
  readonly name: string;
  readonly attempt: number;
  readonly waited: Int8;
  readonly ran: Int8;
  readonly now: Int8;
  readonly place: number | null;
  readonly state: string | null;
};

export async function settle(
  query: Query,
  schema: string,
  at: number | null,
  settlements: readonly Settlement[],
  places: Places,
  ring: boolean,
  tally: Tally | undefined,
  /** Called if a job may start because another one ended. */
  followed: () => void,
  isOpen: boolean = false,
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
  const wakes = rest.some(([, { outcome }]) => outcome.type === "retry" || outcome.type === "snooze");
  const rows = inSteps
    ? await query<Settled>(`select * from ${schema}.settle_in_steps_v4($1::int8, $2::text, $3::bool, $4::text)`, [
        at,
        JSON.stringify(stepsOf(rest)),
        ring || null,
        isOpen ? "open" : "now",
      ])
    : await query<Settled>(`select * from ${schema}.settle_v4($1::int8, $2::text, $3::bool, $4::text)`, [
        at,
        encodeSettlements(rest),
        ring ? wakes : null,
        isOpen ? "open" : "now",
      ]);
  const fates = new Map<number, { readonly freed?: number; readonly buried?: number }>();
  for (const { i, answer, queue, name, attempt, waited, ran, now } of rows) {
    if (answer === null && i === -1) followed();
    if (answer === null && i !== -1)
      fates.set(i, { ...(attempt > 0 && { freed: attempt }), ...(Number(waited) > 0 && { buried: Number(waited) }) });
    if (answer === "next" || answer === null) continue;
    answers[i] = answer;
    const place = { queue, name, attempt, waitedMs: Math.max(0, Number(waited)) };
    if (answer === "accepted") countEnd(tally, place, settlements[i] as Settlement, Number(ran), Number(now)); // one of them
  }
  for (const [i, settlement] of rest) {
    if (answers[i] !== "accepted" || !(hasNext(settlement) || fates.has(i))) continue;
    const next = hasNext(settlement) ? (settlement.next ?? []) : [];
    const added = rows.filter((row) => row.i === i && row.answer === "next");
    answers[i] = { status: "accepted", next: followUps(next, added, tally), ...fates.get(i) };
  }
  return answers;
}

function followUps(
  next: readonly NewJob[],
  rows: readonly Settled[],
  tally: Tally | undefined,
): readonly EnqueueAnswer[] {
  const told = rows.map(({ place, state, now }) => ({ i: place ?? -1, state, now }));
  const { answers, now } = isKeyed(next)
    ? decodeKeyedAnswers(told, next)
    : decodeAnswers(next, encodeJobs(next).sent, told);
  answers.forEach((answer, i) => {
    const job = next[i] as NewJob; // one for each
    if (isCreated(job, answer)) tally?.enqueued(job, now);
  });
  return answers;
}
