/**
 * Sends a call that is too large for one script in parts, each after the answer to the one before, so that its items keep
 * their order. The first is sent in the same turn.
 */
export function inParts<Item, Answer>(
  send: (items: readonly Item[]) => Promise<readonly Answer[]>,
  weigh: (item: Item) => number,
  most: { readonly items: number; readonly weight: number },
): (items: readonly Item[]) => Promise<readonly Answer[]> {
  /** How many items from there on fit into one script: at least one, however large. */
  const lengthOf = (items: readonly Item[], from: number): number => {
    let [length, weight] = [0, 0];
    for (const item of items.slice(from, from + most.items)) {
      weight += weigh(item);
      if (length > 0 && weight > most.weight) break;
      length++;
    }
    return length;
  };

  return async (items) => {
    const first = lengthOf(items, 0);
    if (first === items.length) return send(items);
    const answers = [...(await send(items.slice(0, first)))];
    while (answers.length < items.length) {
      const from = answers.length;
      answers.push(...(await send(items.slice(from, from + lengthOf(items, from)))));
    }
    return answers;
  };
}
