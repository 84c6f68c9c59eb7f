import { MOST_CHARACTERS } from "@longshore/sqlite-engine";

/**
 * Asks all shards about their items at once, each in several small messages if needed. Answers in the order of the
 * items. Fails after all have answered if a shard fails. `weight`: the most characters in the answer about one item.
 */
export async function fanOut<T, A>(
  items: readonly T[],
  weight: number,
  shardFor: (item: T) => number,
  ask: (shard: number, items: readonly T[]) => Promise<readonly A[]>,
): Promise<A[]> {
  const answers: A[] = [];
  const shards = new Map<number, [place: number, item: T][]>();
  items.forEach((item, place) => {
    const shard = shardFor(item);
    const ours = shards.get(shard) ?? [];
    ours.push([place, item]);
    shards.set(shard, ours);
  });
  const askShard = async ([shard, left]: [number, [number, T][]]): Promise<void> => {
    while (left.length > 0) {
      let size = 0;
      const full = left.findIndex(([, item]) => (size += weight + JSON.stringify(item).length) > MOST_CHARACTERS);
      const piece = left.splice(0, full < 0 ? left.length : Math.max(1, full));
      const found = await ask(
        shard,
        piece.map(([, item]) => item),
      );
      piece.forEach(([place], i) => (answers[place] = found[i] as A)); // one for each
    }
  };
  const asked = await Promise.allSettled([...shards].map(askShard));
  for (const shard of asked) if (shard.status === "rejected") throw shard.reason;
  return answers;
}
