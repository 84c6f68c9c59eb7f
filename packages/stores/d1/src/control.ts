import type { ControlAnswer, JobRef } from "@longshore/core/adapter";
import { aboutWithBeginning } from "./expiry.ts";
import { readIds, readStates, statesOf } from "./enqueue.ts";
import { type Port, list } from "./port.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";

export type ControlVerb = "cancel" | "replay" | "runNow" | "remove";

const CHOSEN = "j.id IN (SELECT value FROM json_each(?2))";

/** What each verb does to the rows whose state allows it; the ids of these are answered. */
const STATEMENTS: Readonly<Record<ControlVerb, readonly string[]>> = {
  cancel: [
    `DELETE FROM longshore_jobs AS j WHERE ${CHOSEN} AND j.ended IS NULL AND j.keep = 0 AND (j.until IS NULL OR j.until <= ${NOW}) RETURNING id`,
    // The worker must hear of the cancellation, even if the job is not kept.
    `UPDATE longshore_jobs AS j SET ended = 'cancelled', due = ${NOW}, expires = max(min(${NOW} + keep, ${LATEST}), coalesce(until, 0)), until = NULL WHERE ${CHOSEN} AND j.ended IS NULL RETURNING id`,
  ],
  replay: [
    `UPDATE longshore_jobs AS j SET ended = NULL, expires = NULL, attempt = 0, given = 0, born = ${NOW}, due = ${NOW}, about = ${aboutWithBeginning("j.about", NOW)}, result = NULL, why = NULL, since = NULL WHERE ${CHOSEN} AND j.ended IN ('dead', 'cancelled') AND ${STANDS} RETURNING id`,
  ],
  runNow: [
    `UPDATE longshore_jobs AS j SET due = ${NOW}, about = ${aboutWithBeginning("j.about", NOW)} WHERE ${CHOSEN} AND j.ended IS NULL AND j.until IS NULL AND j.due > ${NOW} RETURNING id`,
  ],
  remove: [
    `DELETE FROM longshore_jobs AS j WHERE ${CHOSEN} AND ${STANDS} AND (j.until IS NULL OR j.until <= ${NOW}) RETURNING id`,
  ],
};

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
      const done = new Set(own.slice(0, -1).flatMap(readIds));
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
