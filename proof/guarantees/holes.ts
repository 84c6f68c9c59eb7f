import { FAULT_KINDS, everyCrash, everyFault, everyPair } from "@longshore/simulator";
import { saboteurs } from "../saboteurs/index.ts";
import { faults } from "../faults.ts";
import { STORES, sabotages } from "../kills/sabotages.ts";
import type { FigureName } from "./judged.ts";
import { mutants } from "../mutants/registry.ts";
import { simulatedMemory } from "../store.ts";
import { written } from "./blocks.ts";
import { heldBy, tests } from "./code.ts";
import type { Results } from "./results.ts";
import { staleNames } from "./stale.ts";

/** Where the document or the results differ from the code, and which results are too bad to be published. */
export async function holes(
  document: string,
  results: Results,
  adapters: readonly string[],
): Promise<readonly string[]> {
  const stale = staleNames(results);
  const published = { ...figureHoles(results), places: await placeHoles(results) };
  return [
    // Withheld results are not compared.
    ...Object.entries(published).flatMap(([name, found]) => (stale.some((one) => one === name) ? [] : found)),
    ...faultHoles(),
    ...windowHoles(document),
    ...adapterHoles(document, adapters),
    ...(plain(written(document, results)) === plain(document)
      ? []
      : ["the tables are not those that `pnpm guarantees` writes"]),
  ];
}

/** Ignores the differences that the formatter makes. */
const plain = (markdown: string): string => markdown.replace(/[-\s]+/g, " ");

function figureHoles(results: Results): Readonly<Partial<Record<FigureName, readonly string[]>>> {
  const { sim, saboteurs: broken, mutants: hunted, kills, sabotages: sabotaged } = results;
  const caught = new Set(hunted.matrix.map(({ mutant }) => mutant));
  return {
    sim: [
      ...differences("the kinds of faults", Object.keys(sim.faults), FAULT_KINDS),
      ...none({ violations: sim.violations, simulatedLost: sim.lost, simulatedUnexpected: sim.unexpected }),
    ],
    mutants: differences(
      "the mutants killed",
      [...caught],
      mutants.map(({ id }) => id),
    ),
    saboteurs: differences(
      "the stores broken on purpose",
      [...Object.keys(broken.found), ...broken.missed, ...broken.refused],
      saboteurs.map(({ name }) => name),
    ),
    ...Object.fromEntries(
      STORES.flatMap((store) => {
        const figures = kills[store];
        const found = sabotaged[store];
        // What was never measured is withheld.
        if (figures === undefined || found === undefined) return [];
        const { kills: count, ok, problems } = figures;
        const names = Object.keys(sabotages[store]);
        const unfound = names.filter((name) => found[name]?.ok !== false);
        return [
          [
            `kills-${store}`,
            [
              ...none(problems).map((hole) => `${store}: ${hole}`),
              ...(count >= LEAST_KILLS && ok ? [] : [`${store}: fewer than a hundred kills, or not all went well`]),
            ],
          ],
          [
            `sabotages-${store}`,
            [
              ...differences(`the sabotages of ${store}`, Object.keys(found), names),
              ...unfound.map((name) => `the kill loop has not found the sabotage ${name} of ${store}`),
            ],
          ],
        ] as const;
      }),
    ),
  };
}

const LEAST_KILLS = 100;

function none(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${what} is ${count}`]));
}

/** The script is the same each time, so its places can be counted without breaking it. */
async function placeHoles({ places }: Results): Promise<string[]> {
  const never = (): boolean => false;
  const now = [
    await everyFault(simulatedMemory, never),
    await everyCrash(simulatedMemory, never),
    await everyPair(simulatedMemory, { shouldContinue: never }),
  ];
  return places.modes.flatMap(({ mode, places: count, violations }, i) => [
    ...(count === now[i]?.places
      ? []
      : [`${mode}: ${count} places are published, and the script has ${now[i]?.places}`]),
    ...(violations === 0 ? [] : [`${mode}: ${violations} violations`]),
  ]);
}

/** For each known bug there is a mutant that brings it back, or a case or test that names it. */
function faultHoles(): string[] {
  const broken = new Set(mutants.map(({ fault }) => fault));
  return faults.flatMap(({ id }) => (broken.has(id) || heldBy(id).length > 0 ? [] : [`nothing holds ${id}`]));
}

/** Each quote beside a crash window is the name of a case or test. */
function windowHoles(document: string): string[] {
  const [, windows = ""] = /<!-- windows -->(.*?)<!-- \/windows -->/s.exec(document) ?? [];
  const quoted = [...windows.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => name.replace(/\s+/g, " "));
  if (quoted.length === 0) return ["the document names no tests beside its crash windows"];
  return quoted.filter((name) => !tests.includes(name)).map((name) => `no case or test is called “${name}”`);
}

function adapterHoles(document: string, adapters: readonly string[]): string[] {
  const [, kept = ""] = /<!-- kept -->(.*?)<!-- \/kept -->/s.exec(document) ?? [];
  const named = [...kept.matchAll(/^\| \[([a-z0-9-]+)\]/gm)].map(([, name = ""]) => name);
  return differences("the adapters", named, adapters);
}

function differences(what: string, published: readonly string[], ours: readonly string[]): string[] {
  const gone = published.filter((name) => !ours.includes(name));
  const missing = ours.filter((name) => !published.includes(name));
  return [
    ...(gone.length > 0 ? [`${what}: published, and no longer there: ${gone.join(", ")}`] : []),
    ...(missing.length > 0 ? [`${what}: there, and not published: ${missing.join(", ")}`] : []),
  ];
}
