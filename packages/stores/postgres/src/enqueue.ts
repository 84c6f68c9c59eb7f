import { type EnqueueAnswer, type JobState, type NewJob, dueInstant } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { channelOf } from "./notify.ts";
import type { SqlFunction } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";
import { checkStorable, encodeText } from "./text.ts";

/** The jobs of a JSON text, and nothing of it is copied twice. */
const JOBS =
  "json_to_recordset(jobs::json) as n(i int4, id text, q text, p int2, d int8, a int8, k int8, n text, h text, b text)";

/**
 * Inserts jobs and returns those that are duplicates, with the state of the row that stands. Always returns a first row
 * with the time. Rows are inserted in the order of their ids, so that two calls never wait for each other in a circle;
 * `seq` has the order of the call.
 */
export const enqueueFunction = (schema: string): SqlFunction => ({
  name: "enqueue",
  parameters: "at int8, jobs text, amount int4, ring bool",
  returns: "table (i int4, state text, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  seen text[] := '{}';
  made text[];
  duplicates text[];
  rang bool := not ring;`,
  body: `
  return query select -1, null::text, t;
  for round in 1..10 loop
    with inserted as (
      insert into ${schema}.job (id, queue, priority, due, seq, born, keep, name, about, payload)
      select n.id, n.q, n.p, coalesce(n.a, t + n.d), n.seq, t, n.k, n.n, n.h, n.b
      from (select n.*, nextval('${schema}.seq') as seq from ${JOBS}) n
      where not (n.id = any(seen)) order by n.id collate "C"
      on conflict (id) do nothing returning id
    ) select coalesce(array_agg(id), '{}') into made from inserted;
    if not rang and cardinality(made) > 0 then
      perform pg_notify('${channelOf(schema)}', '');
      rang := true;
    end if;
    seen := seen || made;
    if cardinality(seen) = amount then return; end if;
    -- A row past its time makes room.
    delete from ${schema}.job where ctid = any(array(
      select j.ctid from ${JOBS} join ${schema}.job j on j.id = n.id where j.expires <= t order by j.id for update of j
    ));
    if not found then
      select coalesce(array_agg(n.id), '{}') into duplicates
        from ${JOBS} join ${schema}.job j on j.id = n.id where not (n.id = any(seen));
      return query select n.i, ${stateOf("j", "t")}, t
        from ${JOBS} join ${schema}.job j on j.id = n.id where n.id = any(duplicates);
      seen := seen || duplicates;
      if cardinality(seen) = amount then return; end if;
      -- What was in the way is gone by now: once more.
    end if;
  end loop;
  raise exception 'the rows of these jobs come and go' using errcode = '40001';`,
});

type Answered = { readonly i: number; readonly state: JobState | null; readonly now: string };

/** What became of the jobs, and when. Fails with `invalid_name` for names that Postgres cannot store. */
export async function enqueue(
  query: Query,
  schema: string,
  at: number | null,
  jobs: readonly NewJob[],
  ring: boolean,
): Promise<{ readonly answers: readonly EnqueueAnswer[]; readonly now: number }> {
  const { json, amount, firsts } = encodeJobs(jobs);
  const rows = await query<Answered>(`select * from ${schema}.enqueue($1::int8, $2::text, $3::int4, $4::bool)`, [
    at,
    json,
    amount,
    ring,
  ]);
  return decodeAnswers(jobs, firsts, rows);
}

/** Jobs as the parameter of a function. Of jobs with one id only the first is sent; `firsts` has its place for each. */
export function encodeJobs(jobs: readonly NewJob[]): {
  readonly json: string;
  readonly amount: number;
  readonly firsts: readonly number[];
} {
  const places = new Map<string, number>();
  const firsts = jobs.map(({ id }, i) => {
    const first = places.get(id) ?? i;
    places.set(id, first);
    return first;
  });
  const rows = jobs.flatMap((job, i) => (firsts[i] === i ? [encodeJob(job, i)] : []));
  return { json: JSON.stringify(rows), amount: rows.length, firsts };
}

/** Fails with `invalid_name` for names that Postgres cannot store. */
export function checkNames({ id, queue, name }: NewJob): void {
  checkStorable(id, "id of a job");
  checkStorable(queue, "queue of a job");
  checkStorable(name, "name of a job");
}

function encodeJob(job: NewJob, i: number): object {
  checkNames(job);
  const { id, partition, name, queue, payload, headers, priority, due, keepMs } = job;
  const instant = "at" in due ? { a: Math.ceil(due.at) } : { d: Math.ceil(due.inMs) };
  // As JSON in JSON, headers may have any text.
  const about = JSON.stringify(partition === undefined ? [headers] : [headers, partition]);
  return { i, id, q: queue, p: priority, ...instant, k: keepMs, n: name, h: about, b: encodeText(payload) };
}

export function decodeAnswers(
  jobs: readonly NewJob[],
  firsts: readonly number[],
  rows: readonly Answered[],
): { readonly answers: readonly EnqueueAnswer[]; readonly now: number } {
  const now = Number(rows[0]?.now);
  const duplicates = new Map(rows.slice(1).map(({ i, state }) => [Number(i), state as JobState])); // only the first has none
  const answers = jobs.map(({ due }, i): EnqueueAnswer => {
    const first = firsts[i] ?? i;
    const state = duplicates.get(first);
    if (state !== undefined) return { status: "duplicate", state };
    if (first === i) return { status: "created" };
    // The job before it in this call was created with the same id.
    const { due: created } = jobs[first] ?? { due };
    return { status: "duplicate", state: dueInstant(created, now, 1) <= now ? "enqueued" : "delayed" };
  });
  return { answers, now };
}
