import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { root } from "../guarantees/code.ts";
import { holes } from "../guarantees/holes.ts";
import { type Results, readResults } from "../guarantees/results.ts";

const results = readResults();
const document = readFileSync(`${root}docs/guarantees.md`, "utf8");
const adapters = ["memory", "durable-objects", "cloudflare-queues", "paired"];
const found = (change: Partial<Results> = {}, text = document, names = adapters): Promise<readonly string[]> =>
  holes(text, { ...results, ...change }, names);

describe("what is published", () => {
  test("is what the code and the commands say", async () => {
    expect(await found()).toEqual([]);
  });

  test("is refused with a mutant that was not asked about, or that survived", async () => {
    const { mutants } = results;
    const [first] = mutants.matrix;
    const matrix = mutants.matrix.filter(({ mutant }) => mutant !== first?.mutant);
    const wrong = await found({ mutants: { ...mutants, matrix } });
    expect(wrong).toContain(`the mutants killed: there, and not published: ${first?.mutant}`);
  });

  test("is refused where something was lost, or a sabotage was not found", async () => {
    const { kills, sabotages } = results;
    const lossy = { ...kills, problems: { ...kills.problems, lost: 1 } };
    expect(await found({ kills: lossy })).toContain("lost is 1");
    const [name = ""] = Object.keys(sabotages);
    const unseen = await found({ sabotages: { ...sabotages, [name]: kills } });
    expect(unseen).toContain(`the kill loop has not found the sabotage ${name}`);
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
    const wrong = await found({}, document, [...adapters, "sqlite"]);
    expect(wrong).toEqual(["the adapters: there, and not published: sqlite"]);
  });
});
