import type { Change, ControlAnswer } from "@longshore/core/adapter";
import { type Sent, sendInForm } from "./batches.ts";
import { roundsOf, tell } from "./control.ts";
import { aboutWithBeginning } from "./expiry.ts";
import { UNLIMITED } from "./forms.ts";
import { dueOf } from "./inserts.ts";
import { aboutFrom, lineFrom } from "./lanes.ts";
import { lettingThrough } from "./let-through.ts";
import { type Port, chunks, list } from "./port.ts";
import { LATEST, LINE_OF_TURN, NOW, QUEUE, STANDS, STATE } from "./tables.ts";
import { encodeText, storable } from "./text.ts";

/** Elements of ?2: id, name, priority, due at, due in, headers, payload, its size. What is null stays. */
const DUE = `min(coalesce(c.value ->> 3, ${NOW} + (c.value ->> 4)), ${LATEST})`;
const ABOUT = "iif(c.value ->> 5 IS NULL, j.about, json_set(j.about, '$[0]', json(c.value ->> 5)))";
const MADE = `iif(${DUE} IS NULL, ${ABOUT}, ${aboutWithBeginning(ABOUT, DUE)})`;
/** Behind the key of its limit it takes its turn anew. */
const ENTERS = `(instr(j.queue, char(10)) = 0 OR substr(j.queue, -5) = ${LINE_OF_TURN})`;
const UPDATE = `UPDATE longshore_jobs AS j SET queue = iif(${ENTERS}, ${QUEUE} || ${lineFrom("j.about", `coalesce(${DUE}, j.due)`)}, j.queue), priority = coalesce(c.value ->> 2, j.priority), due = coalesce(${DUE}, j.due), payload = coalesce(c.value ->> 6, j.payload), size = coalesce(c.value ->> 7, j.size),
about = ${aboutFrom(MADE)}
FROM json_each(?2) AS c WHERE j.id = c.value ->> 0 AND j.name = c.value ->> 1 AND j.ended IS NULL AND j.until IS NULL RETURNING id`;
/** The states of jobs that have their name. */
const STATES = `SELECT j.id, ${STATE} AS state FROM json_each(?2) AS c CROSS JOIN longshore_jobs AS j ON j.id = c.value ->> 0 AND j.name = c.value ->> 1 WHERE ${STANDS}`;

type Part = readonly (readonly [i: number, change: Change])[];

export async function update<P>(
  port: Port<P>,
  at: number | null,
  changes: readonly Change[],
): Promise<ControlAnswer[]> {
  const answers: ControlAnswer[] = [];
  for (const round of roundsOf(changes)) {
    const own = round.map(([, i]) => [i, changes[i] as Change] as const); // a round has places of the call
    for (const part of chunks(own, ([, { data }]) => (data?.payload.length ?? 0) + 500))
      // After each job with limits another may start.
      await sendInForm(port, [part], (step, full) => changing(step, at, full, answers));
  }
  return answers;
}

function changing(step: Part, at: number | null, full: boolean, answers: ControlAnswer[]): Sent {
  const ours = list(step.map(([, change]) => encodeChange(change)));
  const changed = step.map(([, { id }]) => ({ id }));
  return {
    statements: [
      { sql: full ? UPDATE : `${UPDATE}, ${UNLIMITED}`, args: [at, ours] },
      { sql: STATES, args: [at, ours] },
      ...(full ? [lettingThrough(changed, at)] : []),
    ],
    read([done = [], states]) {
      tell(
        answers,
        step.map(([i, { id }]) => [id, i]),
        done,
        states,
      );
    },
  };
}

function encodeChange({ id, name, data, priority, due }: Change): readonly unknown[] {
  const [at, inMs] = due ? dueOf(due) : [];
  const payload = data && encodeText(data.payload);
  return [storable(id), name, priority, at, inMs, data && JSON.stringify(data.headers), payload, payload?.length];
}
