import type { NewJob } from "@longshore/core/adapter";
import { LANE, LINE_OF_TURN, NOW, PHASE } from "./tables.ts";
import { encodeText } from "./text.ts";

/*
 * The limits of a job are the seventh value in `about` of its row, and `ready` among them if it has been let through.
 * Which jobs of a key run, wait behind it or may start is no number of its own: one sparse index tells it by the
 * columns that say so anyway, whatever ends a job. The eighth value has the `serial`, the `seq` that the row had first,
 * and the key that it `left`.
 */
export type KeptLimits = {
  readonly lane?: string | undefined;
  readonly running?: number | undefined;
  readonly every?: number | undefined;
  readonly burst?: number | undefined;
  readonly ordered?: true | undefined;
  readonly queue?: number | undefined;
  readonly ready?: number;
};

export function keptLimits({ key, running, ordered, rate, queue }: NonNullable<NewJob["limits"]>): KeptLimits {
  const lane = key === undefined ? undefined : laneOf(key);
  return { lane, running, every: rate?.everyMs, burst: rate?.burst, ordered, queue };
}

/** Keys lie in no order behind a digest of theirs, so that whoever looks at some that lie together looks at any. */
export function laneOf(key: string): string {
  const text = encodeText(key);
  let digest = 0;
  for (let i = 0; i < text.length; i++) {
    digest = Math.imul(digest ^ text.charCodeAt(i), 0x5bd1e995);
    digest ^= digest >>> 15;
  }
  return `${(digest >>> 0).toString(16).padStart(8, "0")} ${text}`;
}

const ofRow = (name: string, sql: string): string => sql.replaceAll(/\b(about|ended|until|queue)\b/g, `${name}.$1`);
export const laneIn = (name: string): string => ofRow(name, LANE);

/** For a FROM clause. */
export const lanes = (name: string): string => `longshore_jobs AS ${name} INDEXED BY longshore_lanes`;
/** The row `name` stands so behind the key of a lane. */
export const standsIn = (name: string, lane: string, phase: "runs" | "ready" | "parked"): string =>
  `${laneIn(name)} = ${lane} AND ${ofRow(name, PHASE)} = '${phase}' AND ${laneIn(name)} IS NOT NULL AND ${ofRow(name, PHASE)} IS NOT NULL`;

/** The number of a key's rate, as `nextTat` of the core makes it. */
export const TAT = "'tat:'";

const KEEPS_TURN = (about: string): string => `(${about} ->> '$[6].ordered' AND ${about} ->> '$[6].ready') IS TRUE`;
/** The line, behind the name of its queue, of a row that may be claimed from `due` on: behind its key if it is due now. */
export const lineFrom = (about: string, due: string): string =>
  `iif(${about} ->> '$[6].lane' IS NOT NULL AND ${due} <= ${NOW} AND NOT ${KEEPS_TURN(about)}, ${LINE_OF_TURN}, '')`;
/** Its `about`: only one that is ordered keeps its turn. */
export const aboutFrom = (about: string): string =>
  `iif(${about} ->> '$[6].ready' AND NOT ${KEEPS_TURN(about)}, json_remove(${about}, '$[6].ready'), ${about})`;
