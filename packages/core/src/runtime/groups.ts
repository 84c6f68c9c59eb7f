/** How much goes into one request, and how many requests are under way at a time. */
export type GroupLimits<Item> = {
  readonly lanes: number;
  readonly items: number;
  /** The most that the items of a request may weigh. Default: no limit. */
  readonly weight?: number;
  weigh?(item: Item): number;
  /** Whether a failure is about one of the items: then each call of the group is sent alone. Default: never. */
  isAboutOne?(error: unknown): boolean;
};

type Part<Item, Answer> = {
  readonly items: readonly Item[];
  readonly weight: number;
  resolve(answers: readonly Answer[]): void;
  reject(error: unknown): void;
};

/**
 * Sends the items of concurrent calls together, for adapters whose requests are dear: while all lanes are busy, what
 * comes waits and goes with the next request. Each item is a step of its own, so this is invisible but for its speed. A
 * call that is too large for one request is sent in parts, each after the answer to the one before, so that its items
 * keep their order. `send` answers each item, in order.
 */
export function createGroups<Item, Answer>(
  send: (items: readonly Item[]) => Promise<readonly Answer[]>,
  limits: GroupLimits<Item>,
): (items: readonly Item[]) => Promise<readonly Answer[]> {
  const { lanes, items: mostItems, weight: mostWeight = Infinity, isAboutOne = () => false } = limits;
  let busy = 0;
  let soon = false;
  const waiting: Part<Item, Answer>[] = [];

  /** Takes what goes into one request: at least one part. */
  const next = (): Part<Item, Answer>[] => {
    let taken = 0;
    let items = 0;
    let weight = 0;
    for (const part of waiting) {
      items += part.items.length;
      weight += part.weight;
      if (taken > 0 && (items > mostItems || weight > mostWeight)) break;
      taken++;
    }
    return waiting.splice(0, taken);
  };
  const answer = async (group: readonly Part<Item, Answer>[]): Promise<void> => {
    const [first] = group;
    try {
      // Most come alone: a list of its own costs each of them.
      const alone = group.length === 1 && first;
      const answers = await send(alone ? alone.items : group.flatMap(({ items }) => items));
      if (alone) return alone.resolve(answers);
      let from = 0;
      for (const { items, resolve } of group) resolve(answers.slice(from, (from += items.length)));
    } catch (error) {
      if (group.length === 1 || !isAboutOne(error)) for (const { reject } of group) reject(error);
      else for (const part of group) await answer([part]);
    }
  };
  const flush = (): void => {
    soon = false;
    while (busy < lanes && waiting.length > 0) {
      busy++;
      void answer(next()).then(() => {
        busy--;
        flush();
      });
    }
  };
  const join = (items: readonly Item[], weight: number): Promise<readonly Answer[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ items, weight, resolve, reject });
      if (soon) return;
      // At the end of this turn, so that calls of the same turn go together.
      soon = true;
      void Promise.resolve().then(flush);
    });

  const inParts = async (items: readonly Item[]): Promise<readonly Answer[]> => {
    const answers: Answer[] = [];
    for (let from = 0; from < items.length; from = answers.length) {
      const { length, weight } = measurePart(items, from, limits);
      answers.push(...(await join(items.slice(from, from + length), weight)));
    }
    return answers;
  };

  return (items) => {
    const { length, weight } = measurePart(items, 0, limits);
    return length > 0 && length === items.length ? join(items, weight) : inParts(items);
  };
}

/** How many items from there on fit into one request: at least one, however large. */
function measurePart<Item>(
  items: readonly Item[],
  from: number,
  { items: most, weight: heaviest = Infinity, weigh = () => 0 }: GroupLimits<Item>,
): { length: number; weight: number } {
  let length = 0;
  let weight = 0;
  while (length < most && from + length < items.length) {
    const more = weigh(items[from + length] as Item); // there is one
    if (length > 0 && weight + more > heaviest) break;
    length++;
    weight += more;
  }
  return { length, weight };
}
