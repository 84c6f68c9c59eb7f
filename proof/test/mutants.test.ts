import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { faults, withoutFeature } from "../faults.ts";
import { hunt } from "../hunt/hunt.ts";
import { killers } from "../hunt/killers.ts";
import { type Mutant, packageOf, patched } from "../mutants/mutant.ts";
import { mutants } from "../mutants/registry.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const source = ({ file }: Mutant): string => readFileSync(`${root}${file}`, "utf8");

describe("the catalogue of faults", () => {
  test("names each fault once", () => {
    const ids = [...faults.map(({ id }) => id), ...withoutFeature.flatMap(({ ids }) => ids)];
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  test("has mutants for every fault that simulation or the suite can show", () => {
    const broken = new Set(mutants.map(({ fault }) => fault));
    const shown = faults.filter(({ layers }) => layers.includes("S") || layers.includes("C"));
    expect(shown.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });
});

describe("the mutants", () => {
  test("have ids of their own, which begin with that of a fault", () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    const known = new Set(faults.map(({ id }) => id));
    expect(mutants.filter(({ id, fault }) => !known.has(fault) || !id.startsWith(`${fault}-`))).toEqual([]);
  });

  test.each(mutants)("fit today's source in one place: $id", (mutant) => {
    expect(patched(source(mutant), mutant)).not.toBe(source(mutant));
  });

  test("name tests that there are", () => {
    const named = mutants.flatMap((mutant) =>
      (mutant.tests ?? []).map((file) => `${mutant.testedBy ?? packageOf(mutant)}/${file}`),
    );
    expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  test("no longer fit a source that has changed", () => {
    const [mutant] = mutants as readonly [Mutant]; // there are many
    expect(() => patched(source(mutant).replace(mutant.find, ""), mutant)).toThrow("in 0");
    expect(() => patched(source(mutant) + mutant.find, mutant)).toThrow("in 2");
  });
});

describe("a hunt", () => {
  const suite = killers.filter(({ name }) => name === "suite");
  const options = { root, all: false, lanes: 1, progress: () => {}, killers: suite };
  const sample = mutants.filter(({ id }) => id === "F01-unfenced-settle");
  const harmless: Mutant = {
    id: "F01-harmless",
    fault: "F01",
    file: "packages/stores/memory/src/linked-list.ts",
    find: "/** First in, first out, and",
    replace: "/** First in, first out:",
    what: "Nothing.",
  };

  test("catches a mutant, and says which case did, but nothing where nothing is broken", async () => {
    const { killed, survivors, matrix } = await hunt([...sample, harmless], options);
    expect([killed, survivors, matrix.length]).toEqual([1, ["F01-harmless"], 1]);
    expect(matrix[0]).toMatchObject({ mutant: "F01-unfenced-settle", fault: "F01", killer: "suite" });
    expect(matrix[0]?.said).toContain('expected "stale", got "accepted"');
  });

  test("refuses a patch that the compiler sees through", async () => {
    const obvious = { ...harmless, find: "item.before = last;", replace: "item.before = latest;" };
    await expect(hunt([obvious], options)).rejects.toThrow("the compiler sees it");
  });
});
