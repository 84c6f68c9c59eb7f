import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import type { Query } from "./client.ts";
import { addDepths, isCounted } from "./depths.ts";
import { patientFrom } from "./expiry.ts";
import { KEYED_JOBS, type KeyedRow, decodeKeyedAnswers, encodeKeyedJobs } from "./keyed-jobs.ts";
import { channelOf } from "./notify.ts";
import { type SqlFunction, equals, ordered } from "./plan.ts";
import { SERVER_NOW, stateOf } from "./tables.ts";

const DUE = "coalesce(n.a, t + n.d)";

/**
 * Enqueues jobs that have at most the key of a limit and a time to begin, together: one by one, as those with unique keys
 * and parents, a job costs several times as much. Answers as `enqueue_keyed` does. Rows are inserted in the order of
 * their ids, as in `enqueue`, and lanes are locked last. `open`: the transaction is the user's.
 */
export const enqueueLimitedFunction = (schema: string): SqlFunction => ({
  name: "enqueue_limited",
  parameters: "at int8, jobs text, amount int4, bell text, open bool",
  returns: "table (i int4, answer text, now int8)",
  declare: `
  t constant int8 := coalesce(at, ${SERVER_NOW});
  seqs constant int8[] := array(select nextval('${schema}.seq') from generate_series(1, amount));
  seen text[] := '{}';
  added text[] := '{}';
  these text[];
  are_all bool;
  lane_keys text[];
  lane_ids text[];`,
  body: `
  return query select -1, null::text, t;
  for round in 1..10 loop
    with inserted as (
      insert into ${schema}.job (id, queue, priority, due, seq, born, keep, name, about, payload, ended)
      select n.id, n.q, n.p, ${DUE}, seqs[n.i + 1], t, case when n.s is null then n.k else -1 - n.k end, n.n,
        ${patientFrom(schema, "n.h", `greatest(${DUE}, t)`)}, n.b, case when n.l is not null and ${DUE} <= t then 'blocked' end
      from ${KEYED_JOBS} where round = 1 or n.id <> all(seen) order by n.id collate "C"
      on conflict (id) do nothing returning id
    ) select coalesce(array_agg(id), '{}') into these from inserted;
    seen := seen || these;
    added := added || these;
    exit when cardinality(seen) = amount;
    -- A row past its time makes room.
    delete from ${schema}.job where ctid = any(array(
      select j.ctid from ${KEYED_JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where j.expires <= t order by ${ordered("j.id")} for update of j
    ));
    if not found then
      select coalesce(array_agg(n.id) filter (where j.seq > 0), '{}') into these -- as in enqueue_v8
        from ${KEYED_JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where n.id <> all(seen);
      return query select n.i, json_build_object('status', 'duplicate', 'state', ${stateOf("j", "t")})::text, t
        from ${KEYED_JOBS} join ${schema}.job j on ${equals("j.id", "n.id")} where n.id = any(these);
      seen := seen || these;
      exit when cardinality(seen) = amount;
    end if;
    if round = 10 then raise exception 'the rows of these jobs come and go' using errcode = '40001'; end if;
  end loop;
  -- Usually all are, and nobody has to look for each of a thousand ids among a thousand.
  are_all := cardinality(added) = amount;
  return query select n.i, '{"status":"created"}', t from ${KEYED_JOBS} where are_all or n.id = any(added);
  insert into ${schema}.parked
    select n.l, n.p, ${DUE}, seqs[n.i + 1], n.id, n.r from ${KEYED_JOBS}
    where (are_all or n.id = any(added)) and n.l is not null and ${DUE} <= t;
  -- One of each key: all are parked, and the first of them may start.
  select array_agg(f.l order by f.i), array_agg(f.id order by f.i) into lane_keys, lane_ids from (
    select distinct on (n.l) n.l, n.id, n.i from ${KEYED_JOBS}
    where (are_all or n.id = any(added)) and n.l is not null and ${DUE} <= t order by n.l, n.i
  ) f;
  if ${isCounted(schema)} then ${addDepths(schema, `(select n.q as queue, count(*) as jobs from ${KEYED_JOBS} where are_all or n.id = any(added) group by n.q)`)}; end if;
  if added <> '{}' and bell is not null then perform pg_notify('${channelOf(schema)}', bell); end if;
  if lane_keys is not null then
    perform ${schema}.let_through(t, lane_keys, lane_ids, array_fill(0, array[cardinality(lane_keys)]), open);
  end if;`,
});

/** Whether that function may take these jobs. */
export function areOnlyLimited(jobs: readonly NewJob[]): boolean {
  const isPlain = ({ unique, after, maxDepth }: NewJob): boolean => (unique ?? after ?? maxDepth) === undefined;
  return jobs.every(isPlain) && new Set(jobs.map(({ id }) => id)).size === jobs.length;
}

export async function enqueueLimited(
  query: Query,
  schema: string,
  at: number | null,
  jobs: readonly NewJob[],
  bell: string | null,
  isOpen: boolean,
): Promise<{ readonly answers: readonly EnqueueAnswer[]; readonly now: number }> {
  const rows = await query<KeyedRow>(
    `select i, answer as state, now from ${schema}.enqueue_limited($1::int8, $2::text, $3::int4, $4::text, $5::bool)`,
    [at, encodeKeyedJobs(jobs), jobs.length, bell, isOpen],
  );
  return decodeKeyedAnswers(rows, jobs);
}
