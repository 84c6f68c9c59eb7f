/** When each queue last got a place, so that the queue that has waited longest is next. */
export type Fairness = {
  served(queue: string, now: number): void;
  /** Since when a queue waits, if its first job became due at `due`. Among equal times, the lower `seq` is first. */
  since(queue: string, due: number): { readonly key: number; readonly seq: number };
};

/** How many queues to remember. A forgotten one counts as waiting since its first job became due. */
const MOST_SERVED = 10_000;

export function createFairness(): Fairness {
  /** The latest is last. */
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
