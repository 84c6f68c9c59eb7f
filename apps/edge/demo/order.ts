/** One request that the subscriber got; times are ms since the start. `until`: when it was answered, or given up. */
export type Ask = { readonly id: string; readonly from: number; until: number };

/** A webhook and its repository; from its first post until it was acknowledged. */
export type Posted = { readonly repository: string | undefined; readonly from: number; readonly until: number };

/** The most events that the subscriber had in hand at once. */
export function mostAtOnce(asks: readonly Ask[]): number {
  return Math.max(
    0,
    ...asks.map(
      ({ from }) => new Set(asks.filter((one) => one.from <= from && from < one.until).map(({ id }) => id)).size,
    ),
  );
}

/**
 * What came out of order: a webhook that was acknowledged before another one of its repository was posted must have been
 * sent to the subscriber, and sent again, before that. `pairs`: how many were compared.
 */
export function orderProblems(
  asks: readonly Ask[],
  posted: ReadonlyMap<string, Posted>,
): { readonly pairs: number; readonly problems: readonly string[] } {
  const asksOf = Map.groupBy(asks, ({ id }) => id);
  const known = [...posted].flatMap(([id, post]) => {
    const [own] = [asksOf.get(id)];
    return own === undefined || post.repository === undefined
      ? []
      : [
          {
            id,
            ...post,
            first: Math.min(...own.map(({ from }) => from)),
            last: Math.max(...own.map(({ from }) => from)),
          },
        ];
  });
  let pairs = 0;
  const problems: string[] = [];
  for (const one of known) {
    for (const other of known) {
      if (one.repository !== other.repository || one.until >= other.from) continue;
      pairs++;
      if (one.last > other.first)
        problems.push(`${other.id} came before ${one.id}, of ${one.repository}, was done with`);
    }
  }
  return { pairs, problems };
}
