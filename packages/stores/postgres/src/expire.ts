import { expiredAfter } from "@longshore/core/adapter";
import { PATIENCE, partOf } from "./about.ts";
import { keepOf, keyIn, keyLine } from "./keys.ts";
import { type SqlFunction, equals } from "./plan.ts";
import { withFailure } from "./tables.ts";

const [BEFORE, AFTER] = JSON.stringify(expiredAfter(0, 0).message).split("0") as [string, string]; // it tells the ms

/**
 * Cancels a locked job that is late, which keeps its unique key for now. False if somebody has that, for whom a claim does
 * not wait: who has a lane waits for nothing else.
 */
export const expireFunction = (schema: string): SqlFunction => ({
  name: "expire",
  inner: true,
  parameters: "t int8, job_id text",
  returns: "bool",
  declare: `
  k record;
  line text;`,
  body: `
  select k.key, k.next_id into k from ${schema}.job j join ${schema}.key k on ${equals("k.key", `${keyIn("j.about")} ->> 'key'`)} and k.id = j.id and k.seq = j.seq
    where j.id = job_id and ${keyLine("j.about")} <> 'null';
  if found then
    perform from ${schema}.key where key.key = k.key and next_id is not distinct from k.next_id for update skip locked;
    if not found then return false; end if;
    perform from ${schema}.job where id = k.next_id and ended = 'blocked';
    if found then
      perform from ${schema}.job where id = k.next_id for update skip locked;
      if not found then return false; end if;
    end if;
  end if;
  update ${schema}.job j set ended = 'cancelled', expires = t + ${keepOf("j")}, waited = t - j.due, due = t,
    failures = ${withFailure("j", `'{"attempt":0,"at":' || t || ',"message":${BEFORE}' || (${partOf("j", PATIENCE)} ->> 'startWithinMs') || '${AFTER}}'`)}
    where id = job_id returning queue into line;
  perform ${schema}.add_depth(line, -1);
  return true;`,
});
