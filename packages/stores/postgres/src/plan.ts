/*
 * Every verb that runs for each job is a function in the schema, because a function can fix how its statements are
 * planned on any connection: behind a pooler and in the user's transaction, too. The planner would choose a scan of the
 * whole table while that table is small, and keep the choice when it has grown.
 */
const SETTINGS = [
  "enable_seqscan = off",
  "enable_bitmapscan = off",
  "enable_mergejoin = off",
  "plan_cache_mode = force_generic_plan",
  // Without scans that cost nothing, any plan looks expensive enough to be compiled.
  "jit = off",
];

export type SqlFunction = {
  readonly name: string;
  /** Names and types. */
  readonly parameters: string;
  readonly returns: string;
  readonly declare?: string;
  /** Only other functions call it: their settings hold for it, too, and to set them again takes longer than its work. */
  readonly inner?: boolean;
  /** How its statements join tables. Default: by a nested loop, which an index serves. */
  readonly join?: "hash";
  readonly body: string;
};

/*
 * While a table is empty, to read all of it costs nothing, and a connection keeps what was planned then until somebody
 * analyzes the table. So conditions leave the planner no choice but to look for the few rows (docs/decisions/0114).
 */

/** `column = value`, of rows that are looked up one by one. The planner sees no join by the order of an index. */
export function equals(column: string, value: string): string {
  return `${column} = any(array[${value}])`;
}

/** The order of a column, in which rows are locked. The planner sees no index that has it. */
export function ordered(column: string): string {
  return `${column} || ''`;
}

/** Whether all columns are null, of a row whose id is known. The planner sees no index that has only such rows. */
export function areNull(...columns: readonly string[]): string {
  return `num_nulls(${columns.join(", ")}) = ${columns.length}`;
}

/** Each statement of a body sees what was committed before it, as PL/pgSQL does at the usual isolation level. */
export function createFunction(
  schema: string,
  { name, parameters, returns, declare = "", inner = false, join, body }: SqlFunction,
): string {
  const other = join === "hash" ? "enable_nestloop = off" : "enable_hashjoin = off";
  const settings = inner ? [] : [...SETTINGS, other].map((setting) => `set ${setting}`);
  return `
create or replace function ${schema}.${name}(${parameters}) returns ${returns} language plpgsql
${settings.join(" ")} as $function$
#variable_conflict use_column
declare ${declare}
begin
${body}
end
$function$;
`;
}
