import { type Ran, run } from "./run.ts";
import { type Publishable, publishable } from "./tarballs.ts";

// Runs all checks but the tests. A failed step shows its tool's output; `--verbose` also names the others.

type Step = { readonly name: string; readonly needsBuild?: true; readonly commands: readonly Command[] };
type Command = readonly [tool: string, args: string];

const steps: readonly Step[] = [
  { name: "packages", needsBuild: true, commands: [["node", "scripts/pack.ts"], ...publishable.flatMap(correctness)] },
  {
    name: "types",
    needsBuild: true,
    commands: [
      ["tsc", "-p tsconfig.json"],
      ["turbo", "run types --output-logs=errors-only --continue=dependencies-successful"],
    ],
  },
  { name: "pure files", commands: [["tsc", "-p packages/core/tsconfig.pure.json"]] },
  { name: "lint, cycles", commands: [["oxlint", ""]] },
  { name: "format", commands: [["oxfmt", "--check"]] },
  { name: "boundaries", commands: [["turbo", "boundaries"]] },
  { name: "dead code", commands: [["knip", ""]] },
  { name: "guarantees", needsBuild: true, commands: [["node", "proof/guarantees.ts --check"]] },
  { name: "size", needsBuild: true, commands: [["node", "scripts/size.ts"]] },
];

/** Checks what users get: the tarball. */
function correctness({ tarball, entries }: Publishable): Command[] {
  // A program has no types.
  const types: Command[] = entries.length === 0 ? [] : [["attw", `--profile esm-only ${tarball}`]];
  return [["publint", `run --strict ${tarball}`], ...types];
}

async function runStep({ name, commands }: Step): Promise<boolean> {
  const startedAt = performance.now();
  let failed: Ran | undefined;
  for (const [tool, args] of commands) {
    const ran = await run(tool, args.split(" ").filter(Boolean));
    if (!ran.ok) failed = { ok: false, output: `${failed?.output ?? ""}$ ${tool} ${args}\n${ran.output}` };
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (failed !== undefined) console.log(`${failed.output}\nFAILED ${name} ${seconds}s\n`);
  else if (process.argv.includes("--verbose")) console.log(`ok ${name} ${seconds}s`);
  return failed === undefined;
}

const built = await runStep({ name: "build", commands: [["node", "scripts/build.ts"]] });
const failures: string[] = built ? [] : ["build"];
const waiting = steps.filter(({ needsBuild }) => built || needsBuild === undefined);
async function lane(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    if (!(await runStep(step))) failures.push(step.name);
  }
}
await Promise.all([lane(), lane()]);

if (failures.length === 0) console.log(`check: ${steps.length + 1} steps ok`);
else {
  const skipped = built ? "" : "; without a build, types, packages and size were not checked";
  console.log(`check: failed ${failures.join(", ")}${skipped}`);
  process.exitCode = 1;
}
