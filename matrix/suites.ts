import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/run.ts";
import { built } from "./built.ts";

/** The parts of Vitest's JSON report used here. */
type Report = {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
};

/** Runs a package's tests of the matrix: `test/matrix`, by `vitest.config.matrix.ts`. `env`: what is added to the environment. */
export async function suitesOf(folder: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  await built();
  const scratch = await mkdtemp(join(tmpdir(), "longshore-suites-"));
  try {
    const file = join(scratch, "report.json");
    const project = ["--config", "vitest.config.matrix.ts", "--project", `@longshore/${folder}, multiplied`];
    const ran = await run(
      "vitest",
      ["run", "--maxWorkers=100%", "--reporter=json", `--outputFile=${file}`].concat(project),
      env,
    );
    const report = await readFile(file, "utf8").then(
      (text): Report => JSON.parse(text),
      () => undefined,
    );
    if (report === undefined) throw new Error(ran.output);
    const failed = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
      const tests = assertionResults.filter((one) => one.status === "failed");
      if (tests.length > 0) return tests.map((one) => `${one.fullName}\n${one.failureMessages.join("\n")}`);
      return status === "failed" ? [`${name}\n${message}`] : [];
    });
    if (failed.length > 0 || !ran.ok) throw new Error(failed.join("\n\n") || ran.output);
    return `${report.numPassedTests} tests`;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
