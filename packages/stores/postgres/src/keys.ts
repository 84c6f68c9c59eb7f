import type { NewJob } from "@longshore/core/adapter";
import { KEY, aboutOf, lineOf } from "./about.ts";
import { patientFrom } from "./expiry.ts";
import { type SqlFunction, equals } from "./plan.ts";
import { decodeText, encodeText } from "./text.ts";

/*
 * A job with a unique key has it in its row, as a line of `about`, and a negative `keep` tells so to the statements that
 * end jobs. The table of keys is the index for it: it counts only as far as the rows that it names stand, with the number
 * (`seq`) that it names. An index of the table of jobs could not be made without holding up those who use it.
 *
 * Locks come in one order: jobs that hold keys by id, then keys, then the jobs that wait behind them. Who makes another job
 * the holder of a key, or changes who waits behind it, has locked the row of the job that holds it, and that of the key. An
 * operator names jobs of all sorts: those that wait behind a key are not locked beside others (docs/decisions/0118).
 */

/** What version 3 adds. `id` holds the key, `next_id` waits behind it. `expires`: until then an ended job holds it. */
export function keyTable(schema: string): string {
  return `
create table ${schema}.key (
  key text collate "C" primary key,
  id text collate "C",
  seq int8,
  since int8,
  until int8,
  next_id text collate "C",
  next_seq int8,
  next_since int8,
  next_until int8,
  expires int8
);
create index key_expires on ${schema}.key (expires) where expires is not null;
`;
}

/** How long the row `j` is kept. */
export function keepOf(j: string): string {
  return `greatest(${j}.keep, -1 - ${j}.keep)`;
}

/** The table of keys, with the job that each names as its holder. */
export function holders(schema: string): string {
  return `${schema}.key k join ${schema}.job j on ${equals("j.id", "k.id")} and j.seq = k.seq`;
}
/** The keys `k` for which a job `j` waits behind another. */
export function followers(schema: string): string {
  return `${schema}.key k join ${schema}.job j on ${equals("j.id", "k.next_id")} and j.seq = k.next_seq and j.ended = 'blocked'`;
}
/** Whether that job holds the key, or did so last and has ended. */
export const HOLDS = "(j.expires is null or j.expires > t) and (j.ended is null or j.ended = 'blocked' or k.until > t)";

/** What is kept of the key of a job with one, as JSON. */
export function keyIn(about: string): string {
  return `${keyLine(about)}::json`;
}
export function keyLine(about: string): string {
  return lineOf(about, KEY);
}
/** What is kept of a key, and that its job starts not before an instant, unless that is null. */
export function startingAt(key: string, instant: string): string {
  return `coalesce(rtrim(${key}, '}') || ',"notBefore":' || ${instant} || '}', ${key})`;
}
/**
 * `from`: the id of the enqueue whose data these are. `notBefore`: the earliest start, if the job waited behind one that
 * was cancelled while it ran: that lease's end.
 */
export type KeptKey = {
  readonly key: string;
  readonly from: string;
  readonly forMs?: number;
  readonly notBefore?: number;
};

export function keptKey({ id: from, unique }: NewJob): KeptKey | undefined {
  if (unique === undefined) return undefined;
  const { key, forMs } = unique;
  return { key: encodeText(key), from, ...(forMs !== undefined && { forMs: Math.ceil(forMs) }) };
}

export function uniqueKeyOf({ key }: KeptKey): { readonly uniqueKey: string } {
  return { uniqueKey: decodeText(key) };
}

/**
 * Locks keys of a table in their order, whether anybody has them or not: one statement makes a row or locks it, so that none
 * is made before the one ahead of it is locked.
 */
export function lockFunction(name: string, table: string, schema: string): SqlFunction {
  return {
    name,
    inner: true,
    parameters: "keys text[]",
    returns: "void",
    body: `
  insert into ${schema}.${table} (key) select k from unnest(keys) k order by k collate "C"
    on conflict (key) do update set key = excluded.key where false;`,
  };
}
export const lockKeysFunction = (schema: string): SqlFunction => lockFunction("lock_keys", "key", schema);

/**
 * A job whose row is locked gives its key up: whoever waits behind it holds the key and may start, not before an instant.
 * If nobody waits and `hold` says so, one that has ended holds the key until its time is over. Returns null if the job
 * did not hold the key, else whether somebody follows.
 */
export const leaveKeyFunction = (schema: string): SqlFunction => ({
  name: "leave_key",
  inner: true,
  parameters: "t int8, job_id text, job_seq int8, held text, not_before int8, hold bool",
  returns: "bool",
  declare: "k record;",
  body: `
  select * into k from ${schema}.key where key = held and id = job_id and seq = job_seq;
  if not found then return null; end if;
  if k.next_id is not null then
    update ${schema}.job set ended = null, due = greatest(due, not_before),
      about = ${patientFrom(
        schema,
        `case when not_before > t then ${aboutOf("about", "about", startingAt(keyLine("about"), "not_before"), "about")} else about end`,
        "greatest(due, not_before, t)",
      )}
      where id = k.next_id and seq = k.next_seq and ended = 'blocked';
    if found then
      update ${schema}.key set id = next_id, seq = next_seq, since = next_since, until = next_until, next_id = null
        where key = held;
      return true;
    end if;
  end if;
  if hold and k.until > t then
    update ${schema}.key set expires = k.until where key = held;
    update ${schema}.job set expires = greatest(expires, k.until) where id = job_id and expires is not null;
  else
    delete from ${schema}.key where key = held;
  end if;
  return false;`,
});

/** A job that is replayed takes its key again. False if another one has it. */
export const takeKeyFunction = (schema: string): SqlFunction => ({
  name: "take_key",
  inner: true,
  parameters: "t int8, job_id text, job_seq int8, unique_key json",
  returns: "bool",
  declare: "held constant text := unique_key ->> 'key';",
  body: `
  perform ${schema}.lock_keys(array[held]);
  perform from ${holders(schema)} where k.key = held and j.id <> job_id and ${HOLDS};
  if found then return false; end if;
  update ${schema}.key set id = job_id, seq = job_seq, since = t, until = coalesce(t + (unique_key ->> 'forMs')::int8, 0),
    next_id = null, expires = null where key = held;
  return true;`,
});
