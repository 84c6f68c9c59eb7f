import type { Lease, RenewAnswer } from "@longshore/core/adapter";
import { type Sent, send } from "./batches.ts";
import { isFull } from "./places.ts";
import { type Port, list } from "./port.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";

/** Its place in a queue whose leases are counted may be another's by now. */
const LAPSED = `(j.given = 2 AND j.until <= ${NOW})`;
const renewing = (condition: string): string =>
  `UPDATE longshore_jobs AS j SET until = min(${NOW} + ?3, ${LATEST}) FROM json_each(?2) AS s WHERE j.id = s.value ->> 1 AND j.token = s.value ->> 2 AND j.until IS NOT NULL AND ${condition}`;
const RENEW = renewing(`NOT ${LAPSED}`);
const RENEW_LAPSED = renewing(`NOT (${LAPSED} AND ${isFull("j.queue", NOW)})`);

/** After it: what has a lease now has been renewed. */
const LOOK = `SELECT s.value ->> 0 AS i, CASE WHEN j.ended = 'cancelled' THEN 'cancelled' WHEN j.until IS NULL THEN 'lost' WHEN ${LAPSED} THEN 'lapsed' ELSE 'held' END AS answer
FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND j.token = s.value ->> 2 WHERE ${STANDS}`;

export async function renew<P>(
  port: Port<P>,
  at: number | null,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<RenewAnswer[]> {
  const answers = leases.map((): RenewAnswer => "lost");
  const lapsed: number[] = [];
  const step = (sql: string, places: readonly number[]): Sent => {
    const wanted = list(places.map((i) => [i, leases[i]?.id, leases[i]?.token]));
    return {
      statements: [
        { sql, args: [at, wanted, Math.ceil(leaseMs)] },
        { sql: LOOK, args: [at, wanted] },
      ],
      read([, found]) {
        for (const { i, answer } of found as readonly { i: number; answer: RenewAnswer | "lapsed" }[]) {
          // the columns of LOOK
          if (answer === "lapsed") lapsed.push(i);
          else answers[i] = answer;
        }
      },
    };
  };
  if (leases.length > 0) await send(port, [step(RENEW, [...leases.keys()])]);
  // One after the other, because each takes a place.
  const again = lapsed.splice(0).sort((a, b) => a - b);
  if (again.length > 0)
    await send(
      port,
      again.map((i) => step(RENEW_LAPSED, [i])),
    );
  return answers;
}
