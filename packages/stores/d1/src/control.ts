import type { ControlAnswer, JobRef } from "@longshore/core/adapter";
import { type Sent, sendInForm } from "./batches.ts";
import { FORGET, IS_AWAITED, KEEP, KEEP_AGAIN, fates, reviving } from "./children.ts";
import { aboutWithBeginning } from "./expiry.ts";
import { UNLIMITED, plainly } from "./forms.ts";
import { readIds, readStates, statesOf } from "./inserts.ts";
import {
  ABOUT_ENDED,
  HELD_UNTIL,
  IS_HELD,
  IS_WAITED_FOR,
  heldUntil,
  holder,
  keyOf,
  leaving,
  standing,
} from "./keys.ts";
import { aboutFrom, lineFrom } from "./lanes.ts";
import { lettingThrough } from "./let-through.ts";
import { type Port, type Rows, type Statement, list } from "./port.ts";
import { IS_BLOCKED, LATEST, NOW, STANDS } from "./tables.ts";

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

const CHOSEN = "j.id IN (SELECT value FROM json_each(?2))";

const NO_LEASE = `(j.until IS NULL OR j.until <= ${NOW})`;
/** The rows `k` of the ids, in the order of the call. */
const NAMED = "json_each(?2) AS s CROSS JOIN longshore_jobs AS k ON k.id = s.value";

/** Those that may be replayed: of the jobs of one unique key the first, and none if another job holds it. */
const REPLAYABLE = `SELECT id FROM (SELECT k.id, row_number() OVER (PARTITION BY coalesce(${keyOf("k")}, s.key) ORDER BY s.key) AS turn FROM ${NAMED} AND k.ended IN ('dead', 'cancelled') AND ${standing("k")} AND (${keyOf("k")} IS NULL OR NOT EXISTS (SELECT 1 FROM longshore_jobs AS h WHERE ${holder("h", keyOf("k"))} AND h.id <> k.id))) WHERE turn = 1`;
/** A replayed job holds its key from now on. */
const WITH_KEY = `iif(${keyOf("j")} IS NULL, j.about, json_set(j.about, '$[4].slot', ${keyOf("j")}, '$[4].since', ${NOW}, '$[4].until', ${heldUntil("j.about")}))`;

// Whoever waits behind a running job starts when its worker has surely learned of its end.
const LEAVE_CANCELLED = leaving(`${NAMED} AND k.ended IS NULL`, { place: "s.key", lapse: "k.until" });
// The worker must hear of the cancellation, even if the job is not kept.
const CANCEL = `UPDATE longshore_jobs AS j SET ended = 'cancelled', due = ${NOW}, expires = max(min(${NOW} + keep, ${LATEST}), coalesce(until, 0), ${HELD_UNTIL}), about = ${ABOUT_ENDED}, until = NULL WHERE ${CHOSEN} AND j.ended IS NULL RETURNING id`;
const IS_FREE = `(k.until IS NULL OR k.until <= ${NOW})`;
const LEAVE_REMOVED = leaving(`${NAMED} AND k.ended IS NULL AND ${IS_FREE}`);
const REMOVABLE = `${CHOSEN} AND ${STANDS} AND ${NO_LEASE} AND NOT ${IS_WAITED_FOR}`;

const RUN_NOW = `UPDATE longshore_jobs AS j SET queue = j.queue || ${lineFrom("j.about", NOW)}, due = ${NOW}, about = ${aboutFrom(aboutWithBeginning("j.about", NOW))} WHERE ${CHOSEN} AND j.ended IS NULL AND j.until IS NULL AND j.due > ${NOW} AND NOT ${IS_BLOCKED} RETURNING id`;

/** `before`: what comes before those that answer the ids of the rows whose state allows the verb; `after`: what comes then. */
type Verb = { readonly before: readonly string[]; readonly act: readonly string[]; readonly after?: readonly string[] };

const TOGETHER: Readonly<Record<ControlVerb, Verb>> = {
  cancel: {
    before: [`${LEAVE_CANCELLED}, ${UNLIMITED}`],
    act: [
      `DELETE FROM longshore_jobs AS j WHERE ${CHOSEN} AND j.ended IS NULL AND j.keep = 0 AND ${NO_LEASE} AND NOT ${IS_HELD} RETURNING id, ${plainly("about")}`,
      `${CANCEL}, ${plainly("about")}`,
    ],
  },
  replay: {
    before: [],
    act: [
      `UPDATE longshore_jobs AS j SET ended = NULL, expires = NULL, attempt = 0, given = 0, born = ${NOW}, due = ${NOW}, about = ${aboutWithBeginning(WITH_KEY, NOW)}, result = NULL, why = NULL, since = NULL WHERE j.id IN (${REPLAYABLE}) AND j.ended IN ('dead', 'cancelled') AND ${STANDS} RETURNING id, ${plainly("about")}`,
    ],
  },
  runNow: {
    before: [],
    act: [`${RUN_NOW}, ${UNLIMITED}`],
  },
  remove: {
    before: [`${LEAVE_REMOVED}, ${UNLIMITED}`],
    act: [`DELETE FROM longshore_jobs AS j WHERE ${REMOVABLE} RETURNING id, ${plainly("about")}`],
  },
};

/** Of jobs with relatives or limits, one at a time. */
const IN_TURN: Readonly<Record<ControlVerb, Verb>> = {
  cancel: {
    before: [
      LEAVE_CANCELLED,
      fates({ rows: `${NAMED} AND k.ended IS NULL`, how: "'cancelled'", place: "0", lapse: "k.until" }),
    ],
    act: [CANCEL],
    after: [KEEP],
  },
  replay: {
    before: [FORGET],
    act: [reviving(REPLAYABLE, WITH_KEY)],
    after: [KEEP_AGAIN],
  },
  runNow: { before: [], act: [RUN_NOW] },
  remove: {
    before: [
      LEAVE_REMOVED,
      fates({ rows: `${NAMED} AND k.ended IS NULL AND ${IS_FREE}`, how: "'removed'", place: "0", lapse: "NULL" }),
    ],
    // It is looked at once more before it goes.
    act: [
      `UPDATE longshore_jobs AS j SET ended = coalesce(ended, 'cancelled'), expires = 0 WHERE ${REMOVABLE} AND NOT ${IS_AWAITED} RETURNING id`,
    ],
    after: [KEEP, `DELETE FROM longshore_jobs AS j WHERE ${CHOSEN} AND j.expires = 0`],
  },
};

export async function operate<P>(
  port: Port<P>,
  at: number | null,
  verb: ControlVerb,
  refs: readonly JobRef[],
): Promise<ControlAnswer[]> {
  const answers: ControlAnswer[] = [];
  await sendInForm(port, roundsOf(refs), (round, full) =>
    operating((full ? IN_TURN : TOGETHER)[verb], round, at, full, answers),
  );
  return answers;
}

function operating(
  { before, act, after = [] }: Verb,
  round: Round,
  at: number | null,
  full: boolean,
  answers: ControlAnswer[],
): Sent {
  const ids = round.map(([id]) => id);
  const over = (sqls: readonly string[]) => sqls.map((sql): Statement => ({ sql, args: [at, list(ids)] }));
  const through = full
    ? [
        lettingThrough(
          ids.map((id) => ({ id })),
          at,
        ),
      ]
    : [];
  return {
    statements: [...over([...before, ...act]), ...through, ...over(after), statesOf(ids, at)],
    read(rows) {
      tell(answers, round, rows.slice(before.length, before.length + act.length).flat(), rows.at(-1));
    },
  };
}

/** `done`: the ids of the rows that allowed it; `states`: those of all that stand. */
export function tell(answers: ControlAnswer[], round: Round, done: Rows, states: Rows | undefined): void {
  const made = new Set(readIds(done));
  const standing = readStates(states);
  for (const [id, i] of round) {
    const state = standing.get(id);
    if (made.has(id)) answers[i] = { status: "done" };
    else answers[i] = state === undefined ? { status: "gone" } : { status: "refused", state };
  }
}

/** Ids and their places in the call. */
type Round = readonly (readonly [id: string, i: number])[];

/** An id that occurs again is for the next round, after the effect of the first. */
export function roundsOf(refs: readonly JobRef[]): Round[] {
  const rounds: [string, number][][] = [];
  const seen = new Map<string, number>();
  refs.forEach(({ id }, i) => {
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    (rounds[round] ??= []).push([id, i]);
  });
  return rounds;
}
