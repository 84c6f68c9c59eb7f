import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Mutant, packageOf, patched } from "../mutants/mutant.ts";
import { spawned } from "./child.ts";

/** A copy of what the suites need of the repository, built, in a temporary folder. */
export type Copy = {
  readonly folder: string;
  /**
   * Breaks and compiles one package, by one patch or by several of different files. Fails where a patch does not fit, or the
   * compiler sees through it.
   */
  infect(...mutants: readonly [Mutant, ...Mutant[]]): Promise<void>;
  /** As it was before the last `infect`. */
  heal(): void;
  remove(): void;
};

/** What tools leave behind, or find only in the place that they were installed to. */
const LEFT_BEHIND = new Set([".bin", ".turbo", ".vite", ".vite-temp", ".vitest-cache", ".wrangler"]);
const COPIED = [
  "packages",
  "servers",
  "tsconfig.json",
  "tsconfig.build.json",
  "proof/node_modules",
  "proof/alerts",
  "proof/hunt/killer.ts",
];
const COMPILE_WITHIN_MS = 1_200_000;

/** The packages must be built. */
export function copyOf(root: string): Copy {
  const folder = mkdtempSync(join(tmpdir(), "longshore-mutants-"));
  let undo: readonly (() => void)[] = [];
  // Links between the packages are relative, and lead to the copies; those to the outside go through this one.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const path of COPIED) {
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !LEFT_BEHIND.has(basename(source)),
    });
  }

  const change = (path: string, to: (before: string) => string): void => {
    const before = readFileSync(path, "utf8");
    undo = [...undo, () => writeFileSync(path, before)];
    writeFileSync(path, to(before));
  };

  return {
    folder,
    async infect(...mutants) {
      for (const mutant of mutants) {
        const source = join(folder, mutant.file);
        change(source, (before) => patched(before, mutant));
        // Written by the compiler, and remembered here so that it can be put back.
        change(source.replace("/src/", "/dist/").replace(/\.ts$/, ".js"), (before) => before);
      }
      // What the patch took away may have been the last use of something.
      const lenient = ["--noUnusedLocals", "false", "--noUnusedParameters", "false"];
      const { output, code } = await spawned(
        [join(root, "node_modules/.bin/tsc"), "-p", "tsconfig.build.json", ...lenient],
        { cwd: join(folder, packageOf(mutants[0])), withinMs: COMPILE_WITHIN_MS },
      );
      if (code !== 0) throw new Error(`${mutants.map(({ id }) => id).join(", ")}: the compiler sees it\n${output}`);
    },
    heal() {
      for (const back of undo) back();
      undo = [];
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
