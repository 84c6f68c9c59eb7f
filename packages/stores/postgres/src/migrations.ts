import { LongshoreError } from "@longshore/core";
import { type Check, backendFailure, checkOptions, text } from "@longshore/core/adapter";
import { claimByAgeFunction, claimFunction } from "./claim.ts";
import type { Query } from "./client.ts";
import { operateFunction } from "./control.ts";
import { enqueueFunction, enqueueThenFunction } from "./enqueue.ts";
import { enqueueKeyedFunction, enqueueKeyedThenFunction } from "./enqueue-keyed.ts";
import { enqueueLimitedFunction } from "./enqueue-limited.ts";
import {
  addDepthFunction,
  depthFunction,
  depthInFunction,
  depthTables,
  lockDepthsFunction,
  sumDepthsFunction,
} from "./depths.ts";
import { finishFunction } from "./finish.ts";
import { keyTable, leaveKeyFunction, lockKeysFunction, takeKeyFunction } from "./keys.ts";
import {
  laneTables,
  letThroughFunction,
  lockLanesFunction,
  moveInLaneFunction,
  mustWaitFunction,
  nextInLaneFunction,
  parkFunction,
  runningFunction,
} from "./lanes.ts";
import { expireFunction } from "./expire.ts";
import { patientFunction } from "./expiry.ts";
import { edgeTable, leaveParentsFunction, letGoFunction, linkFunction, memberFunction } from "./family.ts";
import { beginFunction, buryFunction, endFamilyFunction, makeGoodFunction, tellChildFunction } from "./fates.ts";
import { reviveFunction } from "./revive.ts";
import { claimLimitedFunction } from "./claim-limited.ts";
import { noteLimitFunction, queueLimitTable, roomFunction } from "./queue-limits.ts";
import { firstDueFunction, oldestFunction } from "./oldest.ts";
import { pauseTable } from "./pauses.ts";
import { createFunction } from "./plan.ts";
import { sqlStateOf } from "./query.ts";
import { countStartFunction, opensAtFunction, rateTable } from "./rates.ts";
import { releaseFunction } from "./release.ts";
import { renewFunction } from "./renew.ts";
import { advanceFunction, declareFunction } from "./schedules.ts";
import { settleFunction, settleInStepsFunction, settleInStepsThenFunction, settleThenFunction } from "./settle.ts";
import { roomyPages, tables } from "./tables.ts";
import { updateFunction } from "./update.ts";
import { dueFunction } from "./wake.ts";

/**
 * What each version adds to the one before it. A version that was released never changes. Functions are not among
 * them: the newest version brings all of them, and one that works differently gets a new name, with the version in it, so
 * that the code of the version before runs beside it.
 */
const VERSIONS: readonly ((schema: string) => string)[] = [
  tables,
  () => "",
  keyTable,
  (schema) => laneTables(schema) + queueLimitTable(schema),
  (schema) => pauseTable(schema) + edgeTable(schema),
  (schema) => rateTable(schema) + depthTables(schema) + sameGrants(schema, ["rate", "depth", "depth_change"]),
  () => "",
  roomyPages,
  () => "",
  () => "",
  () => "",
];
/**
 * The oldest code that works with a schema of an earlier version once it has come to this one. It rises when a version
 * takes something away.
 */
const OLDEST_CODE = 1;
/** The same for a new schema, which has no functions of earlier versions: those of version 2 have kept their names. */
const OLDEST_IN_NEW = 2;

/** Roles that work with the table of jobs may do so with new tables at once. */
function sameGrants(schema: string, tables: readonly string[]): string {
  return `
for app in select distinct case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
  from pg_class c cross join lateral aclexplode(c.relacl) a
  where c.oid = '${schema}.job'::regclass and a.privilege_type = 'DELETE' and a.grantee <> c.relowner
loop
  execute 'grant select, insert, update, delete on ${tables.map((table) => `${schema}.${table}`).join(", ")} to ' || app;
end loop;`;
}

const FUNCTIONS = [
  addDepthFunction,
  patientFunction,
  memberFunction,
  linkFunction,
  leaveParentsFunction,
  letGoFunction,
  buryFunction,
  tellChildFunction,
  endFamilyFunction,
  makeGoodFunction,
  beginFunction,
  reviveFunction,
  enqueueFunction,
  enqueueThenFunction,
  lockKeysFunction,
  leaveKeyFunction,
  takeKeyFunction,
  lockLanesFunction,
  runningFunction,
  opensAtFunction,
  countStartFunction,
  mustWaitFunction,
  moveInLaneFunction,
  nextInLaneFunction,
  parkFunction,
  letThroughFunction,
  roomFunction,
  noteLimitFunction,
  lockDepthsFunction,
  depthInFunction,
  sumDepthsFunction,
  firstDueFunction,
  depthFunction,
  enqueueKeyedFunction,
  enqueueKeyedThenFunction,
  enqueueLimitedFunction,
  expireFunction,
  claimLimitedFunction,
  releaseFunction,
  claimFunction,
  claimByAgeFunction,
  finishFunction,
  settleFunction,
  settleThenFunction,
  settleInStepsFunction,
  settleInStepsThenFunction,
  renewFunction,
  operateFunction,
  updateFunction,
  dueFunction,
  declareFunction,
  advanceFunction,
  oldestFunction,
];

/** Raised by the statement below. */
const NEWER = "LS001";
/**
 * Where transactions are serializable by default, an instance that waited for another does not see what that did: a
 * second try does.
 */
const SEEN_LATE: readonly unknown[] = ["40001", "42P06", "42P07", "42710", "23505"];

/** As `postgres` checks its option. */
export const aSchema: Check = /* @__PURE__ */ text(
  "1 to 40 of a to z, 0 to 9 and _, the first no digit",
  /^[a-z_][a-z0-9_]{0,39}$/,
);

/**
 * The statement that `migrate` sends, for who wants to read it or run it with `psql`. Fails with `invalid_option`.
 *
 * ```ts
 * console.log(migration({ schema: "longshore" }));
 * ```
 */
export function migration(options: { readonly schema?: string | undefined } = {}): string {
  checkOptions("migration", options, { schema: aSchema });
  return `${migrationOf(`"${options.schema ?? "longshore"}"`)};`;
}

/**
 * One statement that brings a schema to this version, whatever it is now, or nothing if it is there. Instances that
 * start at once wait for each other; running queues are not held up.
 */
function migrationOf(schema: string): string {
  const name = schema.replaceAll('"', "");
  const steps = VERSIONS.map((version, i) => `if found_version < ${i + 1} then ${version(schema)} end if;`);
  return `
do $migration$
declare
  found_version int4 := 0;
  oldest_code int4 := 0;
  app text;
begin
  perform pg_advisory_xact_lock(hashtextextended('longshore:${name}', 0));
  if to_regclass('${schema}.version') is not null then
    select version, oldest into found_version, oldest_code from ${schema}.version;
  end if;
  if oldest_code > ${VERSIONS.length} then
    raise exception 'The schema ${name} has version %; this code knows ${VERSIONS.length}.', found_version using errcode = '${NEWER}';
  end if;
  if found_version >= ${VERSIONS.length} then return; end if;
  if to_regnamespace('${schema}') is null then create schema ${schema}; end if;
  if found_version = 0 then
    create table ${schema}.version (version int4 not null, oldest int4 not null);
    insert into ${schema}.version values (0, 0);
  end if;
  ${steps.join("\n")}
  ${FUNCTIONS.map((make) => createFunction(schema, make(schema))).join("")}
  update ${schema}.version set version = ${VERSIONS.length}, 
    oldest = greatest(oldest, case found_version when 0 then ${OLDEST_IN_NEW} else ${OLDEST_CODE} end);
end
$migration$`;
}

/**
 * Creates the schema, or brings it to this version. Fails with `invalid_option` if it is of a newer version, with which
 * this code does not work, and with `backend_failed`.
 */
export async function migrate(query: Query, schema: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await query("select 1 as one", []); // refuses a client that makes something else of rows, before it can do harm
      await query(migrationOf(schema), []);
      return;
    } catch (error) {
      if (sqlStateOf(error) === NEWER) {
        const message = `${Object(error).message} Deploy the newer version of @longshore/postgres again.`;
        throw new LongshoreError("invalid_option", message, { cause: error });
      }
      if (tries === 3 || !SEEN_LATE.includes(sqlStateOf(error))) throw backendFailure("migrate", error);
    }
  }
}
