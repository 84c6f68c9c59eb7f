import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stampOf } from "./commit.ts";
import type { MutantFigures } from "./guarantees/results.ts";
import { endAll } from "./hunt/child.ts";
import { type Hunted, hunt } from "./hunt/hunt.ts";
import { mutants } from "./mutants/registry.ts";

const HELP = `pnpm mutants [options]

Breaks a copy of our own code in one way after the other, and shows which case, seed, invariant or test noticed.
Ends with 1 if one survives or a patch no longer fits.

  --only ID[,ID]  these mutants; a fault's id (F02) stands for all of its mutants
  --sample N      so many of them, others each time
  --all           asks every killer about each mutant, not only until the first that notices
  --json          prints mutants, killed, survivors and the matrix as JSON
  --help          prints this
`;

/** What this command says when it cannot go on is for people: no stack. */
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

const { values } = parseArgs({
  // Whoever runs this through pnpm may put a `--` first.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    only: { type: "string" },
    sample: { type: "string" },
    all: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function chosen(only: string | undefined): typeof mutants {
  if (only === undefined) return mutants;
  return only.split(",").flatMap((id) => {
    const found = mutants.filter((mutant) => mutant.id === id || mutant.fault === id);
    if (found.length === 0) throw new Error(`there is no mutant ${id}`);
    return found;
  });
}

/** A random sample, without repetition. */
function some(from: typeof mutants, count: number): typeof mutants {
  if (!Number.isSafeInteger(count) || count < 1) throw new Error("--sample must be an integer of at least 1");
  const shuffled = from.map((mutant) => ({ mutant, at: Math.random() })).toSorted((a, b) => a.at - b.at);
  return shuffled.slice(0, count).map(({ mutant }) => mutant);
}

function table({ mutants, killed, survivors, matrix }: Hunted): string {
  const rows = [
    ["mutant", "killer", "which", "what it said"],
    ...matrix.map(({ mutant, killer, by, said }) => [mutant, killer, by, said]),
    ...survivors.map((id) => [id, "SURVIVED", "", ""]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([mutant = "", killer = "", by = "", said = ""]) => {
    const named = `${mutant.padEnd(widths[0] ?? 0)}  ${killer.padEnd(widths[1] ?? 0)}  ${by}`;
    return said === "" ? named : `${named} | ${said}`;
  });
  return [...lines, "", `${killed} of ${mutants} mutants killed`].join("\n");
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  let hunting = true;
  const stamp = stampOf("mutants");
  const startedAt = performance.now();
  const root = fileURLToPath(new URL("../", import.meta.url));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      hunting = false;
      // What waits for the children fails now, and the copies are removed on the way out.
      endAll();
    });
  }
  const asked = chosen(values.only);
  const hunted = await hunt(values.sample === undefined ? asked : some(asked, Number(values.sample)), {
    root,
    all: values.all,
    lanes: 2,
    progress(line) {
      if (!hunting) throw new Error("broken off");
      process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
    },
  });
  const figures: MutantFigures = { ...hunted, ...stamp };
  process.stdout.write(`${values.json ? JSON.stringify(figures, undefined, 2) : table(hunted)}\n`);
  if (hunted.survivors.length > 0) process.exitCode = 1;
}
