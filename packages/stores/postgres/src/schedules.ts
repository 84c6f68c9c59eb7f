import {
  type Advance,
  type AdvanceAnswer,
  type EnqueueAnswer,
  type JobState,
  type NewJob,
  type ScheduleListRequest,
  type SchedulePage,
  type ScheduleRef,
  type ScheduleRow,
  schedulePage,
} from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { checkNames, encodeJobs } from "./enqueue.ts";
import { encodeKeyedJobs, isCreated, isKeyed, keyedAnswer } from "./keyed-jobs.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, equals } from "./plan.ts";
import { SERVER_NOW } from "./tables.ts";
import { checkStorable } from "./text.ts";

/** The first row has only the time. */
type Declared = Readonly<{ i: number | null; cursor: Int8; upcoming: Int8 | null; now: Int8 }>;

export const declareFunction = (schema: string): SqlFunction => ({
  name: "declare_schedules",
  parameters: "at int8, schedules text",
  returns: "table (i int4, cursor int8, upcoming int8, now int8)",
  declare: `t constant int8 := coalesce(at, ${SERVER_NOW});`,
  body: `
  insert into ${schema}.schedule (name, rule, cursor)
    select distinct r.name, r.rule, t from json_to_recordset(schedules::json) as r(name text, rule text) order by 1, 2
    on conflict do nothing;
  return query select null::int4, null::int8, null::int8, t;
  return query select r.i, s.cursor, s.upcoming, t from json_to_recordset(schedules::json) as r(i int4, name text, rule text)
    join ${schema}.schedule s on ${equals("s.name", "r.name")} and ${equals("s.rule", "r.rule")};`,
});

/**
 * Runs the steps in order. The time and the answer about a step's job are those of its enqueue; `state` is the whole
 * answer if the job has a unique key.
 */
export const advanceFunction = (schema: string): SqlFunction => ({
  name: "advance_schedules_v2",
  parameters: "at int8, steps text, ring bool",
  returns: "table (i int4, moved bool, state text, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  step record;
  one record;
  lane_keys text[] := '{}';
  lane_ids text[] := '{}';`,
  body: `
  for step in select * from json_to_recordset(steps::json)
    as s(i int4, name text, rule text, cursor int8, upto int8, upcoming int8, jobs text, keyed bool)
  loop
    update ${schema}.schedule s set cursor = step.upto, upcoming = step.upcoming
      where s.name = step.name and s.rule = step.rule and s.cursor = step.cursor;
    if not found then
      return query select step.i, false, null::text, t;
    else
      return query select step.i, true, null::text, t;
      if step.keyed then
        for one in select * from ${schema}.enqueue_keyed_v4(t, step.jobs, null, 'told') e where e.answer is not null loop
          if one.i = -2 then
            lane_keys := lane_keys || (one.answer::json ->> 0);
            lane_ids := lane_ids || (one.answer::json ->> 1);
          else
            return query select step.i, true, one.answer, t;
          end if;
        end loop;
      elsif step.jobs is not null then
        return query select step.i, true, e.state, t from ${schema}.enqueue_v8(t, step.jobs, 1, null, false) e where e.state is not null;
      end if;
    end if;
  end loop;
  if ring then perform pg_notify('${channelOf(schema)}', ''); end if;
  if lane_keys <> '{}' then
    perform ${schema}.let_through(t, lane_keys, lane_ids, array(select generate_series(1, cardinality(lane_keys))), false);
  end if;`,
});

export async function declare(
  query: Query,
  schema: string,
  at: number | null,
  schedules: readonly ScheduleRef[],
): Promise<{ readonly now: number; readonly rows: readonly ScheduleRow[] }> {
  for (const { name, rule } of schedules) checkStorable(name + rule, "name and rule of a schedule");
  const wanted = JSON.stringify(schedules.map(({ name, rule }, i) => ({ i, name, rule })));
  const found = await query<Declared>(`select * from ${schema}.declare_schedules($1::int8, $2::text)`, [at, wanted]);
  const rows: ScheduleRow[] = [];
  for (const { i, cursor, upcoming } of found) {
    if (i !== null)
      rows[i] = upcoming === null ? { cursor: Number(cursor) } : { cursor: Number(cursor), nextAt: Number(upcoming) };
  }
  return { now: Number(found.find(({ i }) => i === null)?.now), rows };
}

type Advanced = { readonly i: number; readonly moved: boolean; readonly state: string | null; readonly now: Int8 };

export async function advance(
  query: Query,
  schema: string,
  at: number | null,
  steps: readonly Advance[],
  ring: boolean,
  created: (job: NewJob, now: number) => void,
): Promise<readonly AdvanceAnswer[]> {
  const wanted = steps.map(({ name, rule, from, to, nextAt, job }, i) => {
    checkStorable(name + rule, "name and rule of a schedule");
    if (job !== undefined) checkNames([job]);
    const keyed = job !== undefined && isKeyed([job]);
    const jobs = job === undefined ? null : keyed ? encodeKeyedJobs([job]) : encodeJobs([job]).json;
    return { i, name, rule, cursor: from, upto: to, upcoming: nextAt ?? null, jobs, keyed };
  });
  const rows = await query<Advanced>(`select * from ${schema}.advance_schedules_v2($1::int8, $2::text, $3::bool)`, [
    at,
    JSON.stringify(wanted),
    ring,
  ]);
  return steps.map(({ job }, i) => {
    const told = rows.filter((row) => row.i === i);
    if (told[0]?.moved !== true) return { status: "behind" };
    if (job === undefined) return { status: "moved" };
    const answer = answerTo(job, told.find(({ state }) => state !== null)?.state ?? undefined);
    if (isCreated(job, answer)) created(job, Number(told[0].now));
    return { status: "moved", job: answer };
  });
}

function answerTo(job: NewJob, state: string | undefined): EnqueueAnswer {
  if (state === undefined) return { status: "created" };
  return isKeyed([job]) ? keyedAnswer(JSON.parse(state), [job]) : { status: "duplicate", state: state as JobState }; // of the row that stands
}

/** One row with nothing but the time, if there are no others. */
type Listed = Readonly<{
  name: string | null;
  rule: string | null;
  cursor: Int8 | null;
  upcoming: Int8 | null;
  now: Int8;
}>;

export async function listSchedules(
  query: Query,
  schema: string,
  at: number | null,
  { limit, after = { name: "", rule: "" } }: ScheduleListRequest,
): Promise<SchedulePage> {
  checkStorable(after.name + after.rule, "name and rule of a schedule");
  const rows = await query<Listed>(
    `select s.name, s.rule, s.cursor, s.upcoming, t.now from (select coalesce($1::int8, ${SERVER_NOW}) as now) t left join lateral (
      select name, rule, cursor, upcoming from ${schema}.schedule where (name, rule) > ($2::text, $3::text)
      order by name, rule limit $4::int8
    ) s on true order by s.name, s.rule`,
    [at, after.name, after.rule, limit + 1],
  );
  const found = rows.flatMap(({ name, rule, cursor, upcoming }) =>
    name === null || rule === null
      ? []
      : [{ name, rule, cursor: Number(cursor), ...(upcoming !== null && { nextAt: Number(upcoming) }) }],
  );
  return schedulePage(Number(rows[0]?.now), found, limit);
}
