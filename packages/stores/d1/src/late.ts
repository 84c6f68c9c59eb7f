import { IS_AWAITED, KEEP, fates } from "./children.ts";
import { failuresWithExpiry, hasExpired } from "./expiry.ts";
import { UNLIMITED, inForm, plainly } from "./forms.ts";
import { readIds } from "./inserts.ts";
import { ABOUT_ENDED, HELD_UNTIL, IS_WAITED_FOR, leaving } from "./keys.ts";
import { lettingThrough } from "./let-through.ts";
import { type Port, type Rows, type Statement, list } from "./port.ts";
import { LATEST, NOW } from "./tables.ts";

const EXPIRED = (name: string): string =>
  `${name}.ended IS NULL AND ${name}.until IS NULL AND ${hasExpired(NOW).replaceAll("j.", `${name}.`)}`;
const ENDING = `json_each(?2) AS s CROSS JOIN longshore_jobs AS k ON k.id = s.value AND ${EXPIRED("k")}`;
const LEAVE = leaving(ENDING);
const FATES = fates({ rows: ENDING, how: "'cancelled'", place: "0", lapse: "NULL" });
/** Unless another claim has ended them, or an operator has given them their whole time. */
const EXPIRE = `UPDATE longshore_jobs AS j SET ended = 'cancelled', due = ${NOW}, expires = max(min(${NOW} + keep, ${LATEST}), ${HELD_UNTIL}), about = ${ABOUT_ENDED}, failures = ${failuresWithExpiry(NOW)}
WHERE j.id IN (SELECT value FROM json_each(?2)) AND ${EXPIRED("j")} AND NOT ${IS_WAITED_FOR}`;
const TOGETHER = [`${LEAVE}, ${UNLIMITED}`, `${EXPIRE} RETURNING id, ${plainly("about")}`];
const IN_TURN = [FATES, LEAVE, `${EXPIRE} AND NOT ${IS_AWAITED} RETURNING id`, KEEP];

/** The ends of jobs that a claim has found with limits, each in turn; the third of the statements of each tells whether it has ended. */
export function endingsInTurn(ids: readonly string[], at: number | null): Statement[][] {
  return ids.map((id) => IN_TURN.map((sql) => ({ sql, args: [at, list([id])] })));
}

/**
 * Ends what a claim has found that has not begun in time. `told`: those that it has ended; `passedOn`: whoever waited for
 * one of these is due for the rest of the claim. If it fails, the next claim finds them again, and those that have a lease need
 * not wait for its end.
 */
export async function endLate<P>(
  port: Port<P>,
  at: number | null,
  ids: readonly string[],
): Promise<{ readonly told: ReadonlySet<string>; readonly passedOn: boolean }> {
  const told = new Set<string>();
  let passedOn = false;
  const read = ([leaves = [], ended = []]: readonly Rows[]): void => {
    for (const id of readIds(ended)) told.add(id);
    passedOn ||= !readIds(leaves).every((id) => told.has(id));
  };
  await inForm(false, async (full) => {
    if (!full) return read(await port.write(TOGETHER.map((sql) => ({ sql, args: [at, list(ids)] }))));
    for (const [n, ending] of endingsInTurn(ids, at).entries()) {
      const [freed = [], ...rows] = await port.write([...ending, lettingThrough([{ id: ids[n] }], at)]);
      passedOn ||= freed.length > 0;
      read(rows);
    }
  }).catch(() => {});
  return { told, passedOn };
}
