import type { KeyRef } from "@longshore/core/adapter";
import { sendInForm } from "./batches.ts";
import { roundsOf } from "./control.ts";
import { UNLIMITED } from "./forms.ts";
import { holder, keyed, leaving } from "./keys.ts";
import { lettingThrough } from "./let-through.ts";
import { type Port, list } from "./port.ts";
import { encodeText } from "./text.ts";

const HELD = `SELECT s.value AS key FROM json_each(?2) AS s WHERE EXISTS (SELECT 1 FROM ${keyed("h")} WHERE ${holder("h", "s.value")})`;
const RELEASE = leaving(`json_each(?2) AS s CROSS JOIN ${keyed("k")} ON ${holder("k", "s.value")}`, { frees: "TRUE" });

export async function release<P>(
  port: Port<P>,
  at: number | null,
  refs: readonly KeyRef[],
): Promise<("released" | "free")[]> {
  const answers = refs.map((): "released" | "free" => "free");
  const rounds = roundsOf(refs.map(({ key }) => ({ id: encodeText(key) })));
  // After each key whose next job has limits, another may start.
  await sendInForm(port, rounds, (round, full) => {
    const args = [at, list(round.map(([key]) => key))];
    const changed = round.map(([key]) => ({ key }));
    const places = new Map(round);
    return {
      statements: [
        { sql: HELD, args },
        { sql: full ? RELEASE : `${RELEASE}, ${UNLIMITED}`, args },
        ...(full ? [lettingThrough(changed, at)] : []),
      ],
      read([held]) {
        for (const { key } of held as readonly { key: string }[]) answers[places.get(key) ?? -1] = "released"; // the column of HELD
      },
    };
  });
  return answers;
}
