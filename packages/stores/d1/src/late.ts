import { IS_AWAITED, KEEP, fates } from "./children.ts";
import { failuresWithExpiry, hasExpired } from "./expiry.ts";
import { unlessRelated, unrelated } from "./family.ts";
import { readIds } from "./inserts.ts";
import { ABOUT_ENDED, HELD_UNTIL, IS_WAITED_FOR, leaving } from "./keys.ts";
import { type Port, list } from "./port.ts";
import { LATEST, NOW } from "./tables.ts";

const EXPIRED = (name: string): string =>
  `${name}.ended IS NULL AND ${name}.until IS NULL AND ${hasExpired(NOW).replaceAll("j.", `${name}.`)}`;
const ENDING = `json_each(?2) AS s CROSS JOIN longshore_jobs AS k ON k.id = s.value AND ${EXPIRED("k")}`;
const LEAVE = leaving(ENDING);
const FATES = fates({ rows: ENDING, how: "'cancelled'", place: "0", lapse: "NULL" });
/** Unless another claim has ended them, or an operator has given them their whole time. */
const EXPIRE = `UPDATE longshore_jobs AS j SET ended = 'cancelled', due = ${NOW}, expires = max(min(${NOW} + keep, ${LATEST}), ${HELD_UNTIL}), about = ${ABOUT_ENDED}, failures = ${failuresWithExpiry(NOW)}
WHERE j.id IN (SELECT value FROM json_each(?2)) AND ${EXPIRED("j")} AND NOT ${IS_WAITED_FOR}`;
const PLAIN = [LEAVE, `${EXPIRE} RETURNING id, ${unrelated("about")}`];
const RELATED = [LEAVE, `${EXPIRE} AND NOT ${IS_AWAITED} RETURNING id`, KEEP];

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
  const end = async (some: readonly string[], sqls: readonly string[]): Promise<void> => {
    const rows = await port.write(sqls.map((sql) => ({ sql, args: [at, list(some)] })));
    const [leaves = [], ended = []] = sqls === PLAIN ? rows : rows.slice(1);
    for (const id of readIds(ended)) told.add(id);
    const isFamily = sqls !== PLAIN && (rows[0]?.length ?? 0) > 0;
    passedOn ||= isFamily || !readIds(leaves).every((id) => told.has(id));
  };
  const alone = async (): Promise<void> => {
    for (const id of ids) await end([id], [FATES, ...RELATED]);
  };
  await unlessRelated(() => end(ids, PLAIN), alone).catch(() => {});
  return { told, passedOn };
}
