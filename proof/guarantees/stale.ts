import { STORES } from "../kills/sabotages.ts";
import { type FigureName, type Stamp, changedSince } from "./judged.ts";
import type { Results } from "./results.ts";

type Stale = { readonly name: FigureName; readonly commit: string; readonly changed: readonly string[] };

/** The stamp of what was never measured. */
const NEVER: Stamp = { commit: "no commit", code: {} };

/** Figures of code that has changed since they were made. The document does not show them. */
export function staleFigures(results: Results): readonly Stale[] {
  const { sim, places, saboteurs, mutants, kills, sabotages } = results;
  const all: readonly (readonly [FigureName, readonly Stamp[]])[] = [
    ["sim", [sim]],
    ["places", [places]],
    ["saboteurs", [saboteurs]],
    ["mutants", [mutants]],
    ...STORES.map((store) => [`kills-${store}`, [kills[store] ?? NEVER]] as const),
    ...STORES.map((store) => [`sabotages-${store}`, Object.values(sabotages[store] ?? { never: NEVER })] as const),
  ];
  return all.flatMap(([name, stamps]) => {
    const behind = stamps.find(({ code }) => changedSince(name, code).length > 0);
    return behind ? [{ name, commit: behind.commit, changed: changedSince(name, behind.code) }] : [];
  });
}

/** The results that have to be measured again. */
export function staleNames(results: Results): readonly FigureName[] {
  return staleFigures(results).map(({ name }) => name);
}
