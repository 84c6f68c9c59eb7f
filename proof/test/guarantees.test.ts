import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { written } from "../guarantees/blocks.ts";
import { root } from "../guarantees/code.ts";
import { holes } from "../guarantees/holes.ts";
import { codeOf, fingerprintsOf } from "../guarantees/judged.ts";
import { type KillFigures, type Results, readResults } from "../guarantees/results.ts";
import { STORES, type StoreName, sabotages as sabotaged } from "../kills/sabotages.ts";
import { staleFigures, staleNames } from "../guarantees/stale.ts";

/** As they would be, had all just been measured: what has changed since is another test's. */
const results = fresh(readResults());
const document = written(readFileSync(`${root}docs/guarantees.md`, "utf8"), results);
const adapters = [
  "memory",
  "durable-objects",
  "sqlite",
  "d1",
  "postgres",
  "redis",
  "indexeddb",
  "cloudflare-queues",
  "rabbitmq",
  "sqs",
  "paired",
];
/** What the holes are as it stands is for `pnpm check`: here, which ones come with a change. */
const standing = await holes(document, results, adapters);
const found = async (change: Partial<Results> = {}, text = document, names = adapters): Promise<readonly string[]> => {
  const all = await holes(text, { ...results, ...change }, names);
  return all.filter((hole) => !standing.includes(hole));
};

describe("what is published", () => {
  test("is withheld where its code has changed since, in what it does and not in what it says", async () => {
    const { sim } = results;
    const [place = "", print = ""] = Object.entries(fingerprintsOf("sim"))[0] ?? [];
    const changed = { ...results, sim: { ...sim, code: { ...sim.code, [place]: `${print}x` } } };
    expect(staleNames(changed)).toEqual(["sim"]);
    expect(staleFigures(changed)[0]?.changed).toEqual([place]);
    expect(document).not.toContain("not measured since");
    const withheld = written(document, changed);
    expect(withheld).toContain("not measured since the code changed");
    expect(await holes(withheld, changed, adapters)).toEqual(standing);
    // Whoever goes on showing the old figure is told.
    expect(await found({ sim: changed.sim })).toContain("the tables are not those that `pnpm guarantees` writes");
    expect(codeOf("/** Says. */ const a: number = 1;")).toBe(codeOf("const  a = 1; // says otherwise"));
    expect(codeOf("const a = 1;")).not.toBe(codeOf("const a = 2;"));
  });

  test("quotes the tests that hold a bug without its id, and ends its title once", () => {
    expect(document).toContain('Held by "the table, which no change of the library changes unnoticed".');
    expect(document).not.toMatch(/Held by "[^"\n]*\(F\d/);
    expect(document).not.toContain("?.**");
  });

  test("is refused with a mutant that was not asked about, or that survived", async () => {
    const { mutants } = results;
    const [first] = mutants.matrix;
    const matrix = mutants.matrix.filter(({ mutant }) => mutant !== first?.mutant);
    const wrong = await found({ mutants: { ...mutants, matrix } });
    expect(wrong.join()).toContain(first?.mutant);
  });

  test("is refused where something was lost, or a sabotage was not found", async () => {
    const { kills, sabotages } = results;
    for (const store of STORES) {
      const figures = kills[store];
      const lossy = { ...figures, problems: { ...figures.problems, lost: 1 } };
      expect(await found({ kills: { ...kills, [store]: lossy } })).toContain(`${store}: lost is 1`);
      const [name = ""] = Object.keys(sabotages[store]);
      const unseen = { ...sabotages, [store]: { ...sabotages[store], [name]: figures } };
      expect(await found({ sabotages: unseen })).toContain(
        `the kill loop has not found the sabotage ${name} of ${store}`,
      );
    }
  });

  test("is refused where the script has other places than were broken", async () => {
    const { places } = results;
    const modes = places.modes.map((mode) => ({ ...mode, places: mode.places - 1 }));
    expect((await found({ places: { ...places, modes } })).join()).toContain(
      "places are published, and the script has",
    );
  });

  test("is refused with a figure that somebody wrote", async () => {
    const cases = /\| (\d+); \d+ /.exec(document)?.[1] ?? "";
    const boasting = document.replace(`| ${cases}; `, `| ${Number(cases) + 1}; `);
    expect(await found({}, boasting)).toEqual(["the tables are not those that `pnpm guarantees` writes"]);
  });

  test("is refused where it names a test that is not there", async () => {
    const renamed = document.replace("“an acknowledged job survives", "“an acknowledged job outlives");
    expect((await found({}, renamed)).join()).toContain("no case or test is called “an acknowledged job outlives");
  });

  test("is refused without one of the adapters", async () => {
    const wrong = await found({}, document, [...adapters, "tape"]);
    expect(wrong).toEqual(["the adapters: there, and not published: tape"]);
  });
});

/** What was never measured has the figures of another store. */
function fresh({ kills, sabotages, ...others }: Results) {
  const stamped = Object.entries(others).map(([name, figures]) => {
    return [name, { ...figures, code: fingerprintsOf(name as keyof typeof others) }] as const; // one of its own keys
  });
  const ofEach = <T>(figuresOf: (store: StoreName) => T): Readonly<Record<StoreName, T>> =>
    Object.fromEntries(STORES.map((store) => [store, figuresOf(store)])) as Record<StoreName, T>; // one for each
  const [measured] = Object.values(kills) as [KillFigures]; // there is one
  return {
    ...(Object.fromEntries(stamped) as Omit<Results, "kills" | "sabotages">), // as they came
    kills: ofEach((store) => ({ ...(kills[store] ?? measured), code: fingerprintsOf(`kills-${store}`) })),
    sabotages: ofEach((store) => {
      const code = fingerprintsOf(`sabotages-${store}`);
      const names = Object.keys(sabotaged[store]);
      return Object.fromEntries(
        names.map((name) => [name, { ...measured, ...sabotages[store]?.[name], ok: false, code }]),
      );
    }),
  };
}
