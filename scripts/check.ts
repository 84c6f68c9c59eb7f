import { readdirSync } from "node:fs";
import { type Ran, run } from "./run.ts";

/** Everything but the tests. Prints a line per step that fails, with what the tool said, and one line at the end. */
type Step = { readonly name: string; readonly commands: readonly Command[] };
type Command = readonly [tool: string, args: string, cwd?: string];

const packages = readdirSync("packages");

const steps: readonly Step[] = [
  { name: "packages", commands: packages.flatMap(packageCorrectness) },
  {
    name: "types",
    commands: [
      ["tsc", "-p tsconfig.json"],
      ["turbo", "run types --output-logs=errors-only"],
    ],
  },
  { name: "pure files", commands: [["tsc", "-p packages/core/tsconfig.pure.json"]] },
  { name: "lint, cycles", commands: [["oxlint", ""]] },
  { name: "format", commands: [["oxfmt", "--check"]] },
  { name: "boundaries", commands: [["turbo", "boundaries"]] },
  { name: "dead code", commands: [["knip", ""]] },
  { name: "size", commands: [["node", "scripts/size.ts"]] },
];

function packageCorrectness(folder: string): Command[] {
  return [
    ["publint", "--strict", `packages/${folder}/`],
    ["attw", "--pack . --profile esm-only", `packages/${folder}/`],
  ];
}

async function runStep({ name, commands }: Step): Promise<boolean> {
  const startedAt = performance.now();
  let failed: Ran | undefined;
  for (const [tool, args, cwd] of commands) {
    const ran = await run(tool, args.split(" ").filter(Boolean), cwd);
    if (!ran.ok) failed = { ok: false, output: `${failed?.output ?? ""}$ ${tool} ${args}\n${ran.output}` };
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (failed !== undefined) console.log(`${failed.output}\nFAILED ${name} ${seconds}s\n`);
  else if (process.argv.includes("--verbose")) console.log(`ok ${name} ${seconds}s`);
  return failed === undefined;
}

const failures: string[] = [];
if (!(await runStep({ name: "build", commands: [["node", "scripts/build.ts"]] }))) failures.push("build");

const waiting = [...steps];
async function lane(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    if (!(await runStep(step))) failures.push(step.name);
  }
}
await Promise.all([lane(), lane()]);

if (failures.length === 0) console.log(`check: ${steps.length + 1} steps ok`);
else {
  console.log(`check: failed ${failures.join(", ")}`);
  process.exitCode = 1;
}
