import type { KeyRef } from "@longshore/core/adapter";
import { roundsOf } from "./control.ts";
import { holder, keyed, leaving } from "./keys.ts";
import { type Port, list } from "./port.ts";
import { encodeText } from "./text.ts";

const HELD = `SELECT s.value AS key FROM json_each(?2) AS s WHERE EXISTS (SELECT 1 FROM ${keyed("h")} WHERE ${holder("h", "s.value")})`;
const RELEASE = leaving(`json_each(?2) AS s CROSS JOIN ${keyed("k")} ON ${holder("k", "s.value")}`, { frees: "TRUE" });

/** More rounds than this are sent as several batches. */
const MOST_ROUNDS = 50;

export async function release<P>(
  port: Port<P>,
  at: number | null,
  refs: readonly KeyRef[],
): Promise<("released" | "free")[]> {
  const answers = refs.map((): "released" | "free" => "free");
  const rounds = roundsOf(refs.map(({ key }) => ({ id: encodeText(key) })));
  for (let from = 0; from < rounds.length; from += MOST_ROUNDS) {
    const some = rounds.slice(from, from + MOST_ROUNDS);
    const rows = await port.write(
      some.flatMap((round) => [HELD, RELEASE].map((sql) => ({ sql, args: [at, list([...round.keys()])] }))),
    );
    some.forEach((round, n) => {
      const held = rows[2 * n] as readonly { key: string }[]; // the column of HELD
      for (const { key } of held) answers[round.get(key) ?? -1] = "released";
    });
  }
  return answers;
}
