/*
 * Jobs with relatives and jobs with limits need statements that would cost all others something. So a call is made without
 * these first: its statements look in passing, at rows that they read or write anyway, and where one meets such a job, it fails
 * and undoes the whole batch. Then the call, which has done nothing, is made again in full, with all that such jobs need.
 */

export const FAMILIES = "families are met";
export const LIMITS = "limits are met";
const MET = "are met";

/** Of a row with this `about`: fails if it has limits, or has had some. */
export const unlimited = (about: string): string => failing(`${about} -> '$[7]' IS NOT NULL`, LIMITS);
/** The same, of the row that a statement returns. */
export const UNLIMITED: string = `${unlimited("about")} AS unlimited`;
/** Fails if it has relatives. */
export const unrelated = (about: string): string => failing(`${about} ->> '$[5]' IS NOT NULL`, FAMILIES);
/** Fails if it has either. */
export const plainly = (about: string): string => `${unlimited(about)} AS unlimited, ${unrelated(about)} AS unrelated`;

/** Fails if a condition holds, and tells `why`. */
export function failing(condition: string, why: string): string {
  return `json_extract('{}', iif(${condition}, '${why}', '$'))`;
}

export function hasFailed(error: unknown, why: string = MET): boolean {
  return new RegExp(`JSON path.*${why}`, "i").test(String(error));
}

/** Makes a call, in full if it must be. */
export async function inForm<T>(full: boolean, call: (full: boolean) => Promise<T>): Promise<T> {
  try {
    return await call(full);
  } catch (error) {
    if (full || !hasFailed(error)) throw error;
    return call(true);
  }
}
