import { cases, runAll } from "@longshore/conformance";
import { saboteurs } from "../../saboteurs/index.ts";
import { afterEach, describe, expect, test } from "vitest";

// Every case over every saboteur. That each is caught by one at least is in test/saboteurs.test.ts.

/** Which cases caught a saboteur. Each is asked once, by whichever test comes first. */
function casesThatCatch({ name, make }: (typeof saboteurs)[number]): Promise<readonly string[]> {
  const asked = catches.get(name) ?? runAll(make).then(({ failed }) => failed.map((one) => one.name));
  catches.set(name, asked);
  return asked;
}
const catches = new Map<string, Promise<readonly string[]>>();

describe("the suite", () => {
  test.for(saboteurs.map((one) => [one.name, one] as const))("catches %s, which is subtle", async ([, saboteur]) => {
    const by = await casesThatCatch(saboteur);
    expect(by).not.toEqual([]);
    expect(by.length > cases.length / 3 ? by : []).toEqual([]);
  });

  describe("as a whole", () => {
    /** Who was caught by whom, shown when a test fails. */
    afterEach(async ({ task }) => {
      if (task.result?.state !== "fail") return;
      for (const saboteur of saboteurs) {
        const by = await casesThatCatch(saboteur);
        console.log(`${saboteur.name}\n    ${by.length} cases: ${by.slice(0, 4).join("; ")}`);
      }
    });

    // All of them have been asked, unless this test runs alone: then it takes as long as all of the above.
    test("has no case that catches nobody", { timeout: 1_200_000 }, async () => {
      const useful = new Set<string>();
      for (const saboteur of saboteurs) for (const name of await casesThatCatch(saboteur)) useful.add(name);
      expect(cases.map(({ name }) => name).filter((name) => !useful.has(name))).toEqual([]);
    });
  });
});
