import type { Ref } from "./queue-types.ts";

/**
 * The places of jobs: parents before the jobs that come after them, or behind them, and otherwise in their order. Only a
 * `Job` tells what it comes after.
 */
export function familyOrder(refs: readonly Ref[], parents: "first" | "last"): readonly number[] {
  const places = [...refs.keys()];
  if (parents === "last") places.reverse();
  const placeOf = new Map(places.map((i) => [Object(refs[i]).id ?? refs[i], i]));
  const seen = new Set<number>();
  const order: number[] = [];
  const visit = (i: number | undefined): void => {
    if (i === undefined || seen.has(i)) return;
    seen.add(i);
    for (const parent of Object(refs[i]).after ?? []) visit(placeOf.get(parent));
    order.push(i);
  };
  places.forEach(visit);
  return parents === "last" ? order.reverse() : order;
}
