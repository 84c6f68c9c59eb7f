import type { ControlAnswer, JobRef } from "@longshore/core/adapter";
import { aboutWithBeginning } from "./expiry.ts";
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
import { type Port, list } from "./port.ts";
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

/**
 * What each verb does to the rows whose state allows it. The last ones answer the ids of these; what comes before is
 * about unique keys.
 */
const STATEMENTS: Readonly<Record<ControlVerb, readonly string[]>> = {
  cancel: [
    // Whoever waits behind a running job starts when its worker has surely learned of its end.
    leaving(`${NAMED} AND k.ended IS NULL`, { place: "s.key", lapse: "k.until" }),
    `DELETE FROM longshore_jobs AS j WHERE ${CHOSEN} AND j.ended IS NULL AND j.keep = 0 AND ${NO_LEASE} AND NOT ${IS_HELD} RETURNING id`,
    // The worker must hear of the cancellation, even if the job is not kept.
    `UPDATE longshore_jobs AS j SET ended = 'cancelled', due = ${NOW}, expires = max(min(${NOW} + keep, ${LATEST}), coalesce(until, 0), ${HELD_UNTIL}), about = ${ABOUT_ENDED}, until = NULL WHERE ${CHOSEN} AND j.ended IS NULL RETURNING id`,
  ],
  replay: [
    `UPDATE longshore_jobs AS j SET ended = NULL, expires = NULL, attempt = 0, given = 0, born = ${NOW}, due = ${NOW}, about = ${aboutWithBeginning(WITH_KEY, NOW)}, result = NULL, why = NULL, since = NULL WHERE j.id IN (${REPLAYABLE}) AND j.ended IN ('dead', 'cancelled') AND ${STANDS} RETURNING id`,
  ],
  runNow: [
    `UPDATE longshore_jobs AS j SET due = ${NOW}, about = ${aboutWithBeginning("j.about", NOW)} WHERE ${CHOSEN} AND j.ended IS NULL AND j.until IS NULL AND j.due > ${NOW} AND NOT ${IS_BLOCKED} RETURNING id`,
  ],
  remove: [
    leaving(`${NAMED} AND k.ended IS NULL AND (k.until IS NULL OR k.until <= ${NOW})`),
    `DELETE FROM longshore_jobs AS j WHERE ${CHOSEN} AND ${STANDS} AND ${NO_LEASE} AND NOT ${IS_WAITED_FOR} RETURNING id`,
  ],
};

/** How many statements of a verb come before those that answer. */
const KEYS_LEFT: Readonly<Record<ControlVerb, number>> = { cancel: 1, replay: 0, runNow: 0, remove: 1 };

/** More rounds than this are sent as several batches. */
const MOST_ROUNDS = 50;

export async function operate<P>(
  port: Port<P>,
  at: number | null,
  verb: ControlVerb,
  refs: readonly JobRef[],
): Promise<ControlAnswer[]> {
  const answers: ControlAnswer[] = [];
  const rounds = roundsOf(refs);
  const sqls = STATEMENTS[verb];
  for (let from = 0; from < rounds.length; from += MOST_ROUNDS) {
    const some = rounds.slice(from, from + MOST_ROUNDS);
    const rows = await port.write(
      some.flatMap((round) => {
        const ids = [...round.keys()];
        return [...sqls.map((sql) => ({ sql, args: [at, list(ids)] })), statesOf(ids, at)];
      }),
    );
    some.forEach((round, n) => {
      const own = rows.slice(n * (sqls.length + 1), (n + 1) * (sqls.length + 1));
      const done = new Set(own.slice(KEYS_LEFT[verb], -1).flatMap(readIds));
      const states = readStates(own.at(-1));
      for (const [id, i] of round) {
        const state = states.get(id);
        if (done.has(id)) answers[i] = { status: "done" };
        else answers[i] = state === undefined ? { status: "gone" } : { status: "refused", state };
      }
    });
  }
  return answers;
}

/** An id that occurs again is for the next round, after the effect of the first. */
export function roundsOf(refs: readonly JobRef[]): Map<string, number>[] {
  const rounds: Map<string, number>[] = [];
  const seen = new Map<string, number>();
  refs.forEach(({ id }, i) => {
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    (rounds[round] ??= new Map()).set(id, i);
  });
  return rounds;
}
