import type { NewJob } from "@longshore/core/adapter";
import { BEFORE, BURIED_BY, childrenIn } from "./family.ts";
import { nextSeq } from "./inserts.ts";
import { holder, keyOf } from "./keys.ts";
import { TAT, laneIn, laneOf, standsIn } from "./lanes.ts";
import { type Statement, list } from "./port.ts";
import { NOW, QUEUE } from "./tables.ts";
import { encodeText } from "./text.ts";

/** When the rate of the row `head` lets it start, by the row `t` of its number. */
const TAT_COUNTS = `t.value <= ${NOW} + ((head.about ->> '$[6].burst') + 1) * (head.about ->> '$[6].every')`;
const OPENS = "t.value - ((head.about ->> '$[6].burst') - 1) * (head.about ->> '$[6].every')";
const OPENS_AT = `CASE WHEN ${TAT_COUNTS} THEN CAST(${OPENS} AS INTEGER) + (${OPENS} > CAST(${OPENS} AS INTEGER)) ELSE 0 END`;

/**
 * Ends each step of a call: behind each key that has changed, the first job may start if there is a place and none is ready.
 * Keys that have not changed do no harm. Elements of ?2: a place, a key that has changed, a unique key that may have been
 * handed on or have brought its job new data, and a job with relatives that has ended.
 */
const LET_THROUGH = `WITH RECURSIVE kin (place, id, depth, serial) AS (SELECT value ->> 0, value ->> 3, 0, 0 FROM json_each(?2) WHERE value ->> 3 IS NOT NULL
UNION SELECT kin.place, c.id, kin.depth + 1, b.value ->> 1 FROM kin CROSS JOIN longshore_jobs AS q ON q.id = kin.id AND q.ended IS NOT NULL AND (kin.depth = 0 OR q.ended = 'dead' AND q.about ->> ${BURIED_BY} IS NOT NULL) CROSS JOIN ${childrenIn(`q.about -> ${BEFORE}`)}),
touched AS (SELECT value ->> 0 AS place, value ->> 1 AS lane, 0 AS depth, 0 AS serial FROM json_each(?2)
UNION ALL SELECT value ->> 0, ${laneIn("h")}, 0, 1 FROM json_each(?2) CROSS JOIN longshore_jobs AS h ON value ->> 2 IS NOT NULL AND ${holder("h", "value ->> 2")}
UNION ALL SELECT value ->> 0, h.about ->> '$[7].left', -1, 0 FROM json_each(?2) CROSS JOIN longshore_jobs AS h ON value ->> 2 IS NOT NULL AND ${holder("h", "value ->> 2")}
UNION ALL SELECT kin.place, ${laneIn("q")}, kin.depth, kin.serial FROM kin CROSS JOIN longshore_jobs AS q ON q.id = kin.id
UNION ALL SELECT kin.place, ${laneIn("h")}, 0, 1 FROM kin CROSS JOIN longshore_jobs AS q ON q.id = kin.id AND ${keyOf("q")} IS NOT NULL CROSS JOIN longshore_jobs AS h ON ${holder("h", keyOf("q"))}),
changed AS MATERIALIZED (SELECT lane, min(nth) AS nth FROM (SELECT lane, row_number() OVER (ORDER BY place, depth, serial) AS nth FROM touched WHERE lane IS NOT NULL) GROUP BY lane),
heads AS MATERIALIZED (SELECT changed.nth, changed.lane, (SELECT head.id FROM longshore_jobs AS head WHERE ${standsIn("head", "changed.lane", "parked")} ORDER BY head.priority, head.due, head.seq LIMIT 1) AS id FROM changed WHERE NOT EXISTS (SELECT 1 FROM longshore_jobs AS g WHERE ${standsIn("g", "changed.lane", "ready")})),
through AS MATERIALIZED (SELECT head.id, row_number() OVER (ORDER BY heads.nth) AS nth, ${OPENS_AT} AS opens FROM heads CROSS JOIN longshore_jobs AS head ON head.id = heads.id LEFT JOIN longshore_meta AS t ON t.key = ${TAT} || heads.lane
WHERE head.about ->> '$[6].running' IS NULL OR (SELECT count(*) FROM longshore_jobs AS g WHERE ${standsIn("g", "heads.lane", "runs")}) < head.about ->> '$[6].running')
UPDATE longshore_jobs AS j SET queue = ${QUEUE}, due = max(${NOW}, m.opens), seq = ?3 + m.nth, about = json_set(j.about, '$[6].ready', 1, '$[7].serial', coalesce(j.about ->> '$[7].serial', j.seq))
FROM through AS m WHERE j.id IN (SELECT id FROM through) AND j.id = m.id`;

/** What a step has changed: the key of a limit, a unique key, and a job with relatives. */
export type Changed = {
  readonly lane?: string | undefined;
  readonly key?: string | undefined;
  readonly id?: string | undefined;
};

/** Of each element so many keys at most; a family has more, which are rarely more than this. */
const KEYS_OF_ONE = 3;
const KEYS_OF_A_FAMILY = 1_000;

export function lettingThrough(changed: readonly Changed[], at: number | null): Statement {
  const elements = changed.map(({ lane, key, id }, place) => [place, lane, key, id].map((value) => value ?? null));
  const most = changed.reduce((sum, { id }) => sum + (id === undefined ? KEYS_OF_ONE : KEYS_OF_A_FAMILY), 0);
  return { sql: LET_THROUGH, args: [at, list(elements), nextSeq(most) - most] };
}

/** What new jobs change. */
export function changedBy(jobs: readonly NewJob[]): Changed[] {
  return jobs.map(({ limits, unique }) => ({
    lane: limits?.key === undefined ? undefined : laneOf(limits.key),
    key: unique && encodeText(unique.key),
  }));
}

export function hasLimits(jobs: readonly NewJob[]): boolean {
  return jobs.some(({ limits }) => limits !== undefined);
}
