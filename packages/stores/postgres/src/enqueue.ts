import { type EnqueueAnswer, type JobState, type NewJob, dueInstant } from "@longshore/core/adapter";
import type { Int8, Query } from "./client.ts";
import { addDepths, isCounted } from "./depths.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, equals, ordered } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";
import { checkStorable, encodeText } from "./text.ts";

/** The jobs of a JSON text, `n`. It has one row for jobs that differ in their ids and payloads only. */
const JOBS = `(
  select k.*, n.* from json_to_recordset(jobs::json)
    as k(q text, p int2, d int8, a int8, k int8, n text, h text, places int4[], ids text[], payloads text[])
  cross join lateral unnest(k.places, k.ids, k.payloads) as n(i, id, b)
) n`;

/** Where each call writes its rows in the order of their ids, none waits for another in a circle. `seq` has the order of the call. */
const insertion = (schema: string, wanted: string): string => `
      insert into ${schema}.job (id, queue, priority, due, seq, born, keep, name, about, payload)
      select n.id, n.q, n.p, coalesce(n.a, t + n.d), seqs[n.i], t, n.k, n.n, n.h, n.b from ${JOBS}
      ${wanted} order by n.id collate "C"`;

/**
 * Inserts jobs and returns those that are duplicates, with the state of the row that stands. Always returns a first row
 * with the time. With a `bell`, listeners hear of new jobs, and are told that. `fresh`: probably none is a duplicate, so
 * that rows are inserted without a look whether they stand, which is a quarter of the work; if one does, all are
 * undone, and it begins anew.
 */
export const enqueueFunction = (schema: string): SqlFunction => ({
  name: "enqueue_v8",
  parameters: "at int8, jobs text, amount int4, bell text, fresh bool",
  returns: "table (i int4, state text, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  seen text[] := '{}';
  seqs constant int8[] := array(select nextval('${schema}.seq') from generate_series(1, amount));
  made text[] := '{}';
  duplicates text[];
  are_new bool := false;
  rang bool := bell is null;`,
  body: `
  return query select -1, null::text, t;
  if fresh then
    begin
      ${insertion(schema, "")};
      are_new := true;
    exception when unique_violation then are_new := false;
    end;
  end if;
  for round in 1..10 loop
    if not are_new then
      with inserted as (
        ${insertion(schema, "where not (n.id = any(seen))")}
        on conflict (id) do nothing returning id
      ) select coalesce(array_agg(id), '{}') into made from inserted;
    end if;
    if ${isCounted(schema)} then ${addDepths(schema, `(select n.q as queue, count(*) as jobs from ${JOBS} where are_new or n.id = any(made) group by n.q)`)}; end if;
    if not rang and (are_new or cardinality(made) > 0) then
      perform pg_notify('${channelOf(schema)}', bell);
      rang := true;
    end if;
    if are_new then return; end if;
    seen := seen || made;
    if cardinality(seen) = amount then return; end if;
    -- A row past its time makes room.
    delete from ${schema}.job where ctid = any(array(
      select j.ctid from ${JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where j.expires <= t order by ${ordered("j.id")} for update of j
    ));
    if not found then
      -- With a column that the index of ids lacks: else all of that could be read for it.
      select coalesce(array_agg(n.id) filter (where j.seq > 0), '{}') into duplicates
        from ${JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where not (n.id = any(seen));
      return query select n.i, ${stateOf("j", "t")}, t
        from ${JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where n.id = any(duplicates);
      seen := seen || duplicates;
      if cardinality(seen) = amount then return; end if;
      -- What was in the way is gone by now: once more.
    end if;
  end loop;
  raise exception 'the rows of these jobs come and go' using errcode = '40001';`,
});

/** What code of versions 2 to 7 calls. */
export const enqueueThenFunction = (schema: string): SqlFunction => ({
  name: "enqueue_v2",
  parameters: "at int8, jobs text, amount int4, bell text",
  returns: "table (i int4, state text, now int8)",
  body: `return query select * from ${schema}.enqueue_v8(at, jobs, amount, bell, false);`,
});

type Answered = { readonly i: number; readonly state: string | null; readonly now: Int8 };

type Enqueued = { readonly answers: readonly EnqueueAnswer[]; readonly now: number };

/** What became of the jobs, whose names were checked, and when. */
export async function enqueue(
  query: Query,
  schema: string,
  at: number | null,
  jobs: readonly NewJob[],
  bell: string | null,
  isFresh: boolean = false,
): Promise<Enqueued> {
  const { json, sent } = encodeJobs(jobs);
  const text = `select * from ${schema}.enqueue_v8($1::int8, $2::text, $3::int4, $4::text, $5::bool)`;
  return decodeAnswers(jobs, sent, await query<Answered>(text, [at, json, sent.length, bell, isFresh]));
}

/** Fewer jobs are not worth the savepoint. */
const MANY = 50;
/** How many calls with so many jobs look first once one had a duplicate: who sends ids again mostly does so again. */
const WARY_CALLS = 100;

/** The same outside of the user's transactions, where a call may begin anew. */
export function createEnqueue(): typeof enqueue {
  let wary = 0;
  return async (query, schema, at, jobs, bell) => {
    if (jobs.length < MANY) return enqueue(query, schema, at, jobs, bell);
    const enqueued = await enqueue(query, schema, at, jobs, bell, wary === 0);
    wary = enqueued.answers.every(({ status }) => status === "created") ? Math.max(0, wary - 1) : WARY_CALLS;
    return enqueued;
  };
}

/** What jobs of a call usually have in common, so that it is sent once; and where they are among those that are sent. */
type Kind = {
  readonly common: object;
  readonly places: number[];
  readonly ids: string[];
  readonly payloads: string[];
};

/** Jobs as the parameter of a function. Of jobs with one id only the first is `sent`: its place in `jobs`. */
export function encodeJobs(jobs: readonly NewJob[]): { readonly json: string; readonly sent: readonly number[] } {
  const known = new Set<string>();
  const kinds = new Map<string, Kind>();
  const sent: number[] = [];
  let last: { readonly job: NewJob; readonly kind: Kind } | undefined;
  jobs.forEach((job, i) => {
    if (known.size === known.add(job.id).size) return;
    if (last === undefined || !isAlike(last.job, job)) last = { job, kind: kindOf(job, kinds) };
    const { places, ids, payloads } = last.kind;
    places.push(sent.push(i)); // from 1, as arrays of Postgres count
    ids.push(job.id);
    payloads.push(encodeText(job.payload));
  });
  const json = JSON.stringify([...kinds.values()].map(({ common, ...lists }) => ({ ...common, ...lists })));
  return { json, sent };
}

/** Whether two jobs are of one kind without a doubt. Those of one definition share their headers. */
function isAlike(a: NewJob, b: NewJob): boolean {
  return (
    a.headers === b.headers &&
    a.partition === b.partition &&
    a.name === b.name &&
    a.queue === b.queue &&
    a.priority === b.priority &&
    a.due === b.due &&
    a.keepMs === b.keepMs
  );
}

function kindOf({ partition, name, queue, headers, priority, due, keepMs }: NewJob, kinds: Map<string, Kind>): Kind {
  const instant = "at" in due ? { a: Math.ceil(due.at) } : { d: Math.ceil(due.inMs) };
  // As JSON in JSON, headers may have any text.
  const about = JSON.stringify(partition === undefined ? [headers] : [headers, partition]);
  const common = { q: queue, p: priority, ...instant, k: keepMs, n: name, h: about };
  const key = JSON.stringify(common);
  const kind = kinds.get(key) ?? { common, places: [], ids: [], payloads: [] };
  kinds.set(key, kind);
  return kind;
}

/** Before anything is sent. Fails with `invalid_name` for names that Postgres cannot store. */
export function checkNames(jobs: readonly NewJob[]): void {
  let last: NewJob | undefined;
  for (const job of jobs) {
    checkStorable(job.id, "id of a job");
    if (job.queue !== last?.queue) checkStorable(job.queue, "queue of a job");
    if (job.name !== last?.name) checkStorable(job.name, "name of a job");
    for (const { id } of job.after?.jobs ?? []) checkStorable(id, "id of a parent");
    last = job;
  }
}

export function decodeAnswers(
  jobs: readonly NewJob[],
  sent: readonly number[],
  rows: readonly Answered[],
): { readonly answers: readonly EnqueueAnswer[]; readonly now: number } {
  const now = Number(rows[0]?.now);
  const answers: EnqueueAnswer[] = [];
  for (const i of sent) answers[i] = { status: "created" };
  // Only the first row has no state.
  for (const { i, state } of rows.slice(1))
    answers[sent[i - 1] ?? -1] = { status: "duplicate", state: state as JobState };
  if (sent.length === jobs.length) return { answers, now };
  const firsts = new Map(sent.map((i) => [jobs[i]?.id, i]));
  return {
    answers: jobs.map(({ id, due }, i) => {
      const first = firsts.get(id) ?? i;
      const answer = answers[first];
      if (answer !== undefined && (first === i || answer.status === "duplicate")) return answer;
      // The job before it in this call was created with the same id.
      const { due: created } = jobs[first] ?? { due };
      return { status: "duplicate", state: dueInstant(created, now, 1) <= now ? "enqueued" : "delayed" };
    }),
    now,
  };
}
