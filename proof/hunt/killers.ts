import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Mutant, packageOf } from "../mutants/mutant.ts";
import { spawned } from "./child.ts";
import type { Copy } from "./copy.ts";

/** Who noticed, and what it said; undefined where nobody did. */
export type Noticed = { readonly by: string; readonly said: string } | undefined;

/** Something that may notice that the code is broken; cheapest first. */
export type Killer = {
  readonly name: "suite" | "model" | "simulator" | "tests";
  /** What it has to run because of this mutant, as a text; undefined if it never sees the patched file. */
  asked(mutant: Mutant): string | undefined;
  /** Runs what is asked on the copy as it stands. Who has not ended by then hangs, and is killed. */
  run(copy: Copy, asked: string, withinMs: number): Promise<Noticed>;
};

/** What the memory store's suites go through. */
const UNDER_THE_SUITES: readonly string[] = ["packages/core", "packages/stores/memory"];
/** What histories go through besides. */
const SIMULATED: readonly string[] = [...UNDER_THE_SUITES, "packages/signals"];

function ofSuites(name: "suite" | "model" | "simulator", under = UNDER_THE_SUITES): Killer {
  return {
    name,
    asked: (mutant) => (under.includes(packageOf(mutant)) ? name : undefined),
    async run({ folder }, _asked, withinMs) {
      const { output, code } = await spawned(
        // A mutant that spins may also eat memory.
        [process.execPath, "--max-old-space-size=1024", "--disable-warning=ExperimentalWarning", "killer.ts", name],
        { cwd: join(folder, "proof/hunt"), withinMs },
      );
      const lines = output.split("\n").flatMap(read);
      const last = lines.at(-1);
      if (last?.passed !== undefined) return undefined;
      if (last?.by !== undefined) return { by: last.by, said: last.said ?? "" };
      const by = last?.at ?? "its beginning";
      return { by, said: code === undefined ? hung(withinMs) : `crashed: ${output.slice(-500)}` };
    },
  };
}

type Line = { readonly at?: string; readonly by?: string; readonly said?: string; readonly passed?: string };

function read(line: string): readonly Line[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

type VitestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
};

function hung(withinMs: number): string {
  return `hung: no end within ${Math.round(withinMs / 1_000)} s`;
}

/** They have a configuration of their own: a mutant names files of this folder, or others, but not both. */
const MULTIPLIED = "test/matrix/";

/** The tests of the package that has them. Asked: its folder, then the files. */
const tests: Killer = {
  name: "tests",
  asked: (mutant) => [mutant.testedBy ?? packageOf(mutant), ...(mutant.tests ?? [])].join(" "),
  async run({ folder }, asked, withinMs) {
    const [where = "", ...files] = asked.split(" ");
    const cwd = join(folder, where);
    const outputFile = join(cwd, "report.json");
    const vitest = join(cwd, "node_modules/vitest/vitest.mjs");
    // A test that waits for what the mutant keeps from coming has a name, and need not take as long as it may.
    const testTimeout = `--testTimeout=${Math.round(withinMs / 3)}`;
    const options = ["--reporter=json", `--outputFile=${outputFile}`, "--bail=1", "--maxWorkers=1", testTimeout];
    if (files.some((file) => file.startsWith(MULTIPLIED))) options.push("--config=vitest.config.matrix.ts");
    const { output, code } = await spawned([process.execPath, vitest, "run", ...files, ...options], {
      cwd,
      withinMs,
    });
    if (code === 0) return undefined;
    if (code === undefined) return { by: asked, said: hung(withinMs) };
    try {
      const { testResults } = JSON.parse(readFileSync(outputFile, "utf8")) as VitestReport; // vitest's own format
      for (const { name, status, message, assertionResults } of testResults) {
        const file = name.split("/").at(-1) ?? name;
        const failed = assertionResults.find((one) => one.status === "failed");
        if (failed !== undefined) return { by: `${file}: ${failed.fullName}`, said: failed.failureMessages?.[0] ?? "" };
        if (status === "failed" && message !== "") return { by: file, said: message };
      }
    } catch {
      // It did not get as far as its report.
    }
    return { by: asked, said: `crashed: ${output.slice(-500)}` };
  },
};

export const killers: readonly Killer[] = [
  ofSuites("suite"),
  ofSuites("model"),
  ofSuites("simulator", SIMULATED),
  tests,
];
