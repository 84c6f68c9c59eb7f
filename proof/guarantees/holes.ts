import { FAULT_KINDS, everyCrash, everyFault, everyPair, saboteurs } from "@longshore/conformance";
import { faults } from "../faults.ts";
import { sabotages } from "../kills/sabotage.ts";
import { mutants } from "../mutants/registry.ts";
import { simulatedMemory } from "../store.ts";
import { written } from "./blocks.ts";
import { heldBy, tests } from "./code.ts";
import { type Stamp, changedSince } from "./judged.ts";
import type { Results } from "./results.ts";

/** Where the document or the results differ from the code, and where the results are none to be published. */
export async function holes(
  document: string,
  results: Results,
  adapters: readonly string[],
): Promise<readonly string[]> {
  return [
    ...staleHoles(results),
    ...figureHoles(results),
    ...(await placeHoles(results)),
    ...faultHoles(),
    ...windowHoles(document),
    ...adapterHoles(document, adapters),
    ...(plain(written(document, results)) === plain(document)
      ? []
      : ["the tables are not those that `pnpm guarantees` writes"]),
  ];
}

/** As the formatter left it, or before. */
const plain = (markdown: string): string => markdown.replace(/[-\s]+/g, " ");

/** A figure says nothing of code that has changed since: which do, of which commit, and what has changed. */
function stale(results: Results): readonly (readonly [name: keyof Results, commit: string, changed: string])[] {
  const { sim, places, saboteurs: broken, mutants: hunted, kills, sabotages: sabotaged } = results;
  const all: readonly (readonly [keyof Results, readonly Stamp[]])[] = [
    ["sim", [sim]],
    ["places", [places]],
    ["saboteurs", [broken]],
    ["mutants", [hunted]],
    ["kills", [kills]],
    ["sabotages", Object.values(sabotaged)],
  ];
  return all.flatMap(([name, stamps]) => {
    const behind = stamps.find(({ code }) => changedSince(name, code).length > 0);
    return behind === undefined ? [] : [[name, behind.commit, changedSince(name, behind.code).join(", ")] as const];
  });
}

/** What has to be measured again. */
export function staleNames(results: Results): readonly string[] {
  return stale(results).map(([name]) => name);
}

function staleHoles(results: Results): string[] {
  return stale(results).map(
    ([name, commit, changed]) =>
      `${name} was measured at ${commit}, before ${changed} changed: \`pnpm guarantees --measure ${name}\``,
  );
}

function figureHoles({ sim, saboteurs: broken, mutants: hunted, kills, sabotages: sabotaged }: Results): string[] {
  const caught = new Set(hunted.matrix.map(({ mutant }) => mutant));
  const inTheEnd = {
    ...kills.problems,
    violations: sim.violations,
    simulatedLost: sim.lost,
    simulatedUnexpected: sim.unexpected,
  };
  const unfound = Object.keys(sabotages).filter((name) => sabotaged[name]?.ok !== false);
  return [
    ...differences("the kinds of faults", Object.keys(sim.faults), FAULT_KINDS),
    ...differences(
      "the mutants killed",
      [...caught],
      mutants.map(({ id }) => id),
    ),
    ...differences(
      "the stores broken on purpose",
      [...Object.keys(broken.found), ...broken.missed, ...broken.refused],
      saboteurs.map(({ name }) => name),
    ),
    ...differences("the sabotages", Object.keys(sabotaged), Object.keys(sabotages)),
    ...unfound.map((name) => `the kill loop has not found the sabotage ${name}`),
    ...Object.entries(inTheEnd).flatMap(([what, count]) => (count === 0 ? [] : [`${what} is ${count}`])),
    ...(kills.kills >= 100 && kills.ok ? [] : ["fewer than a hundred kills, or not all went well"]),
  ];
}

/** The script is the same each time, so that its places can be counted without breaking it. */
async function placeHoles({ places }: Results): Promise<string[]> {
  const never = (): boolean => false;
  const now = [
    await everyFault(simulatedMemory, never),
    await everyCrash(simulatedMemory, never),
    await everyPair(simulatedMemory, { goOn: never }),
  ];
  return places.modes.flatMap(({ mode, places: count, violations }, i) => [
    ...(count === now[i]?.places
      ? []
      : [`${mode}: ${count} places are published, and the script has ${now[i]?.places}`]),
    ...(violations === 0 ? [] : [`${mode}: ${violations} violations`]),
  ]);
}

/** Each bug of the field is brought back by a mutant, or a case or test bears its name. */
function faultHoles(): string[] {
  const broken = new Set(mutants.map(({ fault }) => fault));
  return faults.flatMap(({ id }) => (broken.has(id) || heldBy(id).length > 0 ? [] : [`nothing holds ${id}`]));
}

/** What is quoted beside a crash window is the name of a case or test. */
function windowHoles(document: string): string[] {
  const [, windows = ""] = /<!-- windows -->(.*?)<!-- \/windows -->/s.exec(document) ?? [];
  const quoted = [...windows.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => name.replace(/\s+/g, " "));
  if (quoted.length === 0) return ["the document names no tests beside its crash windows"];
  return quoted.filter((name) => !tests.includes(name)).map((name) => `no case or test is called “${name}”`);
}

function adapterHoles(document: string, adapters: readonly string[]): string[] {
  const [, kept = ""] = /<!-- kept -->(.*?)<!-- \/kept -->/s.exec(document) ?? [];
  const named = [...kept.matchAll(/^\| \[([a-z-]+)\]/gm)].map(([, name = ""]) => name);
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
