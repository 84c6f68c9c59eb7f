import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Copy, copyOf } from "../../hunt/copy.ts";
import { type Mutant, packageOf } from "../../mutants/mutant.ts";
import { mutants } from "../../mutants/registry.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

let copy: Copy;
beforeAll(() => void (copy = copyOf(root)));
afterAll(() => copy.remove());

/** The mutants of each package in rounds, each with one of a file at most. */
function roundsOf(all: readonly Mutant[]): readonly (readonly [Mutant, ...Mutant[]])[] {
  return Object.values(Object.groupBy(all, packageOf)).flatMap((some = []) => {
    const files = Object.values(Object.groupBy(some, ({ file }) => file));
    const longest = Math.max(...files.map((ofFile = []) => ofFile.length));
    return Array.from({ length: longest }, (_, i) => files.flatMap((ofFile = []) => ofFile[i] ?? []) as [Mutant]); // some file is as long
  });
}

test("each mutant compiles: a sample that draws one that does not would fail", { timeout: 600_000 }, async () => {
  const seen: string[] = [];
  for (const round of roundsOf(mutants)) {
    await copy.infect(...round).catch((error: unknown) => seen.push((error as Error).message));
    copy.heal();
  }
  expect(seen).toEqual([]);
});
