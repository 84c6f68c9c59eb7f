/** When each queue last got a place, so that the next one goes to whoever has waited longest. */
export type Turns = {
  gave(queue: string, now: number): void;
  /** Since when a queue waits whose first job became due then. Of what waits equally long, lower `seq` first. */
  since(queue: string, due: number): { readonly key: number; readonly seq: number };
};

/** Those beyond got their place long ago, and wait since their jobs became due. */
const MOST_TURNS = 10_000;

export function createTurns(): Turns {
  /** The latest last. */
  const turns = new Map<string, { readonly at: number; readonly seq: number }>();
  let lastSeq = 0;
  return {
    gave(queue, now) {
      turns.delete(queue);
      turns.set(queue, { at: now, seq: ++lastSeq });
      for (const [oldest] of turns) {
        if (turns.size <= MOST_TURNS) break;
        turns.delete(oldest);
      }
    },
    since(queue, due) {
      const { at, seq } = turns.get(queue) ?? { at: due, seq: 0 };
      return { key: Math.max(at, due), seq };
    },
  };
}
