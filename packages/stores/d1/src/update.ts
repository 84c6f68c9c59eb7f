import type { Change, ControlAnswer } from "@longshore/core/adapter";
import { roundsOf } from "./control.ts";
import { aboutWithBeginning } from "./expiry.ts";
import { readIds, readStates } from "./inserts.ts";
import { type Port, chunks, list } from "./port.ts";
import { LATEST, NOW, STANDS, STATE } from "./tables.ts";
import { encodeText, storable } from "./text.ts";

/** Elements of ?2: id, name, priority, due at, due in, headers, payload, its size. What is null stays. */
const DUE = `min(coalesce(c.value ->> 3, ${NOW} + (c.value ->> 4)), ${LATEST})`;
const ABOUT = "iif(c.value ->> 5 IS NULL, j.about, json_set(j.about, '$[0]', json(c.value ->> 5)))";
const UPDATE = `UPDATE longshore_jobs AS j SET priority = coalesce(c.value ->> 2, j.priority), due = coalesce(${DUE}, j.due), payload = coalesce(c.value ->> 6, j.payload), size = coalesce(c.value ->> 7, j.size),
about = iif(${DUE} IS NULL, ${ABOUT}, ${aboutWithBeginning(ABOUT, DUE)})
FROM json_each(?2) AS c WHERE j.id = c.value ->> 0 AND j.name = c.value ->> 1 AND j.ended IS NULL AND j.until IS NULL RETURNING id`;
/** The states of jobs that have their name. */
const STATES = `SELECT j.id, ${STATE} AS state FROM json_each(?2) AS c CROSS JOIN longshore_jobs AS j ON j.id = c.value ->> 0 AND j.name = c.value ->> 1 WHERE ${STANDS}`;

export async function update<P>(
  port: Port<P>,
  at: number | null,
  changes: readonly Change[],
): Promise<ControlAnswer[]> {
  const answers: ControlAnswer[] = changes.map(() => ({ status: "gone" }));
  for (const round of roundsOf(changes)) {
    const own = [...round.values()].map((i) => [i, changes[i] as Change] as const); // a round has places of the call
    for (const part of chunks(own, ([, { data }]) => (data?.payload.length ?? 0) + 500)) {
      const ours = list(part.map(([, change]) => encodeChange(change)));
      const [done, states] = await port.write([
        { sql: UPDATE, args: [at, ours] },
        { sql: STATES, args: [at, ours] },
      ]);
      const changed = new Set(readIds(done ?? []));
      const standing = readStates(states);
      for (const [i, { id }] of part) {
        const state = standing.get(id);
        if (changed.has(id)) answers[i] = { status: "done" };
        else if (state !== undefined) answers[i] = { status: "refused", state };
      }
    }
  }
  return answers;
}

function encodeChange({ id, name, data, priority, due }: Change): readonly unknown[] {
  const instant = due && "at" in due ? due.at : null;
  const inMs = due && "inMs" in due ? Math.ceil(Math.min(due.inMs, LATEST)) : null;
  const payload = data && encodeText(data.payload);
  return [storable(id), name, priority, instant, inMs, data && JSON.stringify(data.headers), payload, payload?.length];
}
