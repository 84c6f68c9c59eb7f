/** How much goes into one statement, and how many statements are under way at a time. */
export type GroupLimits<Item> = {
  readonly lanes: number;
  readonly items: number;
  readonly weight: number;
  weigh(item: Item): number;
};

type Call<Answer> = {
  readonly answers: Answer[];
  missing: number;
  resolve(answers: Answer[]): void;
  reject(error: unknown): void;
};
type Waiting<Item, Answer> = { readonly item: Item; readonly place: number; readonly call: Call<Answer> };

/**
 * Sends the items of concurrent calls together: while all lanes are busy, what comes waits and goes with the next
 * statement. Each item is a step of its own, so this is invisible but for its speed. If the server refuses a group
 * because of its data, each call of it is sent alone, so that only the one to blame fails.
 */
export function createGroups<Item, Answer>(
  send: (items: readonly Item[]) => Promise<readonly Answer[]>,
  isAboutData: (error: unknown) => boolean,
  limits: GroupLimits<Item>,
): (items: readonly Item[]) => Promise<readonly Answer[]> {
  let busy = 0;
  let soon = false;
  const waiting: Waiting<Item, Answer>[] = [];

  /** Takes what goes into one statement: at least one item, however large. */
  const next = (): Waiting<Item, Answer>[] => {
    let taken = 0;
    for (let weight = 0; taken < Math.min(waiting.length, limits.items); taken++) {
      weight += limits.weigh((waiting[taken] as Waiting<Item, Answer>).item); // below its length
      if (taken > 0 && weight > limits.weight) break;
    }
    return waiting.splice(0, taken);
  };
  const answer = async (group: readonly Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await send(group.map(({ item }) => item));
      group.forEach(({ place, call }, i) => {
        call.answers[place] = answers[i] as Answer; // one for each
        if (--call.missing === 0) call.resolve(call.answers);
      });
    } catch (error) {
      const calls = new Set(group.map(({ call }) => call));
      if (calls.size === 1 || !isAboutData(error)) for (const { reject } of calls) reject(error);
      else for (const one of calls) await answer(group.filter(({ call }) => call === one));
    }
  };
  const flush = (): void => {
    soon = false;
    while (busy < limits.lanes && waiting.length > 0) {
      busy++;
      void answer(next()).then(() => {
        busy--;
        flush();
      });
    }
  };

  return (items) =>
    new Promise((resolve, reject) => {
      if (items.length === 0) return resolve([]);
      const call: Call<Answer> = { answers: [], missing: items.length, resolve, reject };
      items.forEach((item, place) => waiting.push({ item, place, call }));
      if (soon) return;
      // At the end of this turn, so that calls of the same turn go together.
      soon = true;
      queueMicrotask(flush);
    });
}
