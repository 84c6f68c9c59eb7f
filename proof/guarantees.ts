import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { written } from "./guarantees/blocks.ts";
import { root } from "./guarantees/code.ts";
import { holes } from "./guarantees/holes.ts";
import type { FigureName } from "./guarantees/judged.ts";
import { FIGURES, measure } from "./guarantees/measure.ts";
import { readResults } from "./guarantees/results.ts";
import { staleFigures, staleNames } from "./guarantees/stale.ts";

const HELP = `pnpm guarantees [options]

Writes the tables of docs/guarantees.md from what the commands of the proof printed, and from the code.

  --measure NAMES  first runs these commands (sim, places, saboteurs, mutants, kills, sabotages; all; or stale: those
                   whose figures are withheld), which takes from two minutes to half an hour, and keeps what they
                   print in proof/results. kills is kills over each store; kills-postgres is that over one
  --check          writes nothing; ends with 1 where lists, counts or names in the document or in the results differ
                   from the code, or where it shows a figure of code that has changed since: such figures are withheld
                   until they are measured again. Speeds are not compared.
  --help           prints this`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    measure: { type: "string" },
    check: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const path = `${root}docs/guarantees.md`;

if (values.help) console.log(HELP);
else if (values.check) await check();
else await write();

async function check(): Promise<void> {
  const readme = readFileSync(`${root}README.md`, "utf8");
  const [, listed = ""] = /<!-- adapters:.*?-->(.*?)<!-- \/adapters -->/s.exec(readme) ?? [];
  const adapters = [...listed.matchAll(/^\| \[([a-z0-9-]+)\]/gm)].map(([, name = ""]) => name);
  const found = await holes(readFileSync(path, "utf8"), readResults(), adapters);
  for (const { name, commit, changed } of staleFigures(readResults())) {
    console.log(`withheld: ${name}, measured at ${commit}, before ${changed.join(", ")} changed`);
  }
  for (const hole of found) console.log(hole);
  if (found.length > 0) process.exitCode = 1;
  else console.log("docs/guarantees.md says what the code and the commands say");
}

async function write(): Promise<void> {
  const named = values.measure?.split(",") ?? [];
  /** `kills` is each of `kills-…`. */
  const meant = (name: string): readonly FigureName[] =>
    FIGURES.filter((figure) => figure === name || figure.startsWith(`${name}-`));
  const wanted =
    values.measure === "all" ? FIGURES : values.measure === "stale" ? staleNames(readResults()) : named.flatMap(meant);
  const unknown = named.filter((name) => !["all", "stale"].includes(name) && meant(name).length === 0);
  if (unknown.length > 0) {
    console.error(`--measure takes some of ${FIGURES.join(", ")}, or all; got ${unknown.join(", ")}`);
    process.exit(2);
  }
  await measure(wanted);
  writeFileSync(path, written(readFileSync(path, "utf8"), readResults()));
  execFileSync(`${root}node_modules/.bin/oxfmt`, [path]);
}
