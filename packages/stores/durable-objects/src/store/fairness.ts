/** When each queue last got a place, so that the next one goes to whoever has waited longest. */
export type Fairness = {
  served(queue: string, now: number): void;
  /** Since when a queue waits whose first job became due then. Of what waits equally long, lower `seq` first. */
  since(queue: string, due: number): { readonly key: number; readonly seq: number };
};

/** Those beyond got their place long ago, and wait since their jobs became due. */
const MOST_SERVED = 10_000;

export function createFairness(): Fairness {
  /** The latest last. */
  const lastServed = new Map<string, { readonly at: number; readonly seq: number }>();
  let lastSeq = 0;
  return {
    served(queue, now) {
      lastServed.delete(queue);
      lastServed.set(queue, { at: now, seq: ++lastSeq });
      for (const [oldest] of lastServed) {
        if (lastServed.size <= MOST_SERVED) break;
        lastServed.delete(oldest);
      }
    },
    since(queue, due) {
      const { at, seq } = lastServed.get(queue) ?? { at: due, seq: 0 };
      return { key: Math.max(at, due), seq };
    },
  };
}
