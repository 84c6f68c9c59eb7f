import type { NewJob } from "@longshore/core/adapter";
import { PATIENCE, lineOf, partOf } from "./about.ts";
import type { SqlFunction } from "./plan.ts";

/*
 * A job whose first attempt must begin in time has that in a line of `about`, with the instant by which it must.
 */

export function patienceOf({ startWithinMs }: NewJob): object | undefined {
  return startWithinMs === undefined ? undefined : { startWithinMs };
}

/** The text `about` of a job whose time to begin counts from an instant. */
export function patientFrom(schema: string, about: string, instant: string): string {
  return `case when starts_with(${lineOf(about, PATIENCE)}, ',{') then ${schema}.patient(${about}, ${instant}) else ${about} end`;
}

/** Whether a waiting row `j` has not begun in time. */
export function isLate(j: string): string {
  return `case when ${j}.keep < 0 and ${j}.attempt = 0 and ${j}.until is null then coalesce((${partOf(j, PATIENCE)} ->> 'beginBy')::int8 < t, false) else false end`;
}

export const patientFunction = (): SqlFunction => ({
  name: "patient",
  inner: true,
  parameters: "about text, instant int8",
  returns: "text",
  declare: `
  lines text[] := string_to_array(about, E'\\n');
  ms constant numeric := substr(lines[${PATIENCE}], 2)::json ->> 'startWithinMs';`,
  body: `
  lines[${PATIENCE}] := ',' || json_build_object('startWithinMs', ms, 'beginBy', instant + floor(ms));
  return array_to_string(lines, E'\\n');`,
});
