/** Asks each shard about its items, all shards at once; answers in the places of the items. */
export async function spread<T, A>(
  items: readonly T[],
  shardFor: (item: T) => number,
  ask: (shard: number, items: readonly T[]) => Promise<readonly A[]>,
): Promise<A[]> {
  const shards = new Map<number, { readonly items: T[]; readonly places: number[] }>();
  items.forEach((item, place) => {
    const shard = shardFor(item);
    const group = shards.get(shard) ?? { items: [], places: [] };
    group.items.push(item);
    group.places.push(place);
    shards.set(shard, group);
  });
  const answers: A[] = [];
  await Promise.all(
    [...shards].map(async ([shard, group]) => {
      const found = await ask(shard, group.items);
      group.places.forEach((place, i) => (answers[place] = found[i] as A)); // one for each
    }),
  );
  return answers;
}

/** Pieces that each fit into one message, in order; an item too large for any is a piece of its own. */
export function pieces<T>(items: readonly T[], sizeOf: (item: T) => number, most: number): T[][] {
  const all: T[][] = [];
  let room = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (size > room || all.length === 0) {
      all.push([]);
      room = most;
    }
    all.at(-1)?.push(item);
    room -= size;
  }
  return all;
}
