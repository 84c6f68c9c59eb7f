import type { Lease, RenewAnswer } from "@longshore/core/adapter";
import { type Port, list } from "./port.ts";
import { LATEST, NOW, STANDS } from "./tables.ts";

const RENEW = `UPDATE longshore_jobs AS j SET until = min(${NOW} + ?3, ${LATEST}) FROM json_each(?2) AS s WHERE j.id = s.value ->> 1 AND j.token = s.value ->> 2 AND j.until IS NOT NULL`;

/** After it: what has a lease now has been renewed. */
const LOOK = `SELECT s.value ->> 0 AS i, CASE WHEN j.ended = 'cancelled' THEN 'cancelled' WHEN j.until IS NOT NULL THEN 'held' ELSE 'lost' END AS answer
FROM json_each(?2) AS s CROSS JOIN longshore_jobs AS j ON j.id = s.value ->> 1 AND j.token = s.value ->> 2 WHERE ${STANDS}`;

export async function renew<P>(
  port: Port<P>,
  at: number | null,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<RenewAnswer[]> {
  if (leases.length === 0) return [];
  const wanted = list(leases.map(({ id, token }, i) => [i, id, token]));
  const [, looked] = await port.write([
    { sql: RENEW, args: [at, wanted, Math.ceil(leaseMs)] },
    { sql: LOOK, args: [at, wanted] },
  ]);
  const answers = leases.map((): RenewAnswer => "lost");
  const found = looked as readonly { i: number; answer: RenewAnswer }[]; // the columns of LOOK
  for (const { i, answer } of found) answers[i] = answer;
  return answers;
}
