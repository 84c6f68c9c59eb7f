import { type Stamp, changedSince } from "./judged.ts";
import type { Results } from "./results.ts";

type Stale = { readonly name: keyof Results; readonly commit: string; readonly changed: readonly string[] };

/** Figures of code that has changed since they were made. The document does not show them. */
export function staleFigures(results: Results): readonly Stale[] {
  const { sim, places, saboteurs, mutants, kills, sabotages } = results;
  const all: Readonly<Record<keyof Results, readonly Stamp[]>> = {
    sim: [sim],
    places: [places],
    saboteurs: [saboteurs],
    mutants: [mutants],
    kills: [kills],
    sabotages: Object.values(sabotages),
  };
  return (Object.keys(all) as (keyof Results)[]).flatMap((name) => {
    const behind = all[name].find(({ code }) => changedSince(name, code).length > 0);
    return behind ? [{ name, commit: behind.commit, changed: changedSince(name, behind.code) }] : [];
  });
}

/** The results that have to be measured again. */
export function staleNames(results: Results): readonly (keyof Results)[] {
  return staleFigures(results).map(({ name }) => name);
}
