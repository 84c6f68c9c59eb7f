import type { KeyRef } from "@longshore/core/adapter";
import { type Sent, batchesOf, send } from "./batches.ts";
import { roundsOf, singly } from "./control.ts";
import { inForm, unlimited } from "./forms.ts";
import { holder, keyed, leaving } from "./keys.ts";
import { lettingThrough } from "./let-through.ts";
import { type Port, list } from "./port.ts";
import { encodeText } from "./text.ts";

const HELD = `SELECT s.value AS key FROM json_each(?2) AS s WHERE EXISTS (SELECT 1 FROM ${keyed("h")} WHERE ${holder("h", "s.value")})`;
const RELEASE = leaving(`json_each(?2) AS s CROSS JOIN ${keyed("k")} ON ${holder("k", "s.value")}`, { frees: "TRUE" });

const RELEASE_UNLIMITED = `${RELEASE}, ${unlimited("about")} AS unlimited`;

export async function release<P>(
  port: Port<P>,
  at: number | null,
  refs: readonly KeyRef[],
): Promise<("released" | "free")[]> {
  const answers = refs.map((): "released" | "free" => "free");
  const rounds = roundsOf(refs.map(({ key }) => ({ id: encodeText(key) })));
  for (const some of batchesOf(rounds)) {
    await inForm(false, async (full) => {
      // After each key whose next job has limits, another may start.
      for (const few of batchesOf(full ? singly(some) : some))
        await send(
          port,
          few.map((round): Sent => {
            const keys = [...round.keys()];
            const args = [at, list(keys)];
            const through = full
              ? [
                  lettingThrough(
                    keys.map((key) => ({ key })),
                    at,
                  ),
                ]
              : [];
            return {
              statements: [{ sql: HELD, args }, { sql: full ? RELEASE : RELEASE_UNLIMITED, args }, ...through],
              read([held]) {
                for (const { key } of held as readonly { key: string }[]) answers[round.get(key) ?? -1] = "released"; // the column of HELD
              },
            };
          }),
        );
    });
  }
  return answers;
}
