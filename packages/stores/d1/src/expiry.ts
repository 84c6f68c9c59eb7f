import { expiredAfter } from "@longshore/core/adapter";
import { failuresWith } from "./failures.ts";
import { NOW } from "./tables.ts";

/*
 * A job whose first attempt must begin in time has two values more in `about`: in how many ms, and by which instant. So
 * another job costs no column, and tables that stand need no migration.
 */

/** `about` with the instant that follows from a due time, anew. */
export function aboutWithBeginning(about: string, due: string): string {
  return `iif(${about} ->> 2 IS NOT NULL, json_set(${about}, '$[3]', max(${due}, ${NOW}) + (${about} ->> 2)), ${about})`;
}

/** Whether the row `j` has not begun in time. */
export function hasExpired(at: string): string {
  return `(j.attempt = 0 AND j.about ->> 3 IS NOT NULL AND j.about ->> 3 < ${at})`;
}

/** The failures of the row `j` with this one, as `expiredAfter` of the core makes it. */
export function failuresWithExpiry(at: string): string {
  const text = expiredAfter(NaN, 0).message.replace("NaN", "' || (j.about ->> 2) || '");
  return failuresWith(`json_object('message', '${text}', 'attempt', 0, 'at', ${at})`);
}
