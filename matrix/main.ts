import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { inLanes } from "../scripts/lanes.ts";
import { type Step, steps } from "./steps.ts";

const HELP = `matrix [--only NAME]... [--share N] [--json]

What multiplies: the tarballs of all packages, installed by plain npm in empty folders, on every Node, Deno and Bun, by two
compilers, in Workers and in a page; and the suites of packages again: over other options, other runtimes, more seeds, and
with every call sent twice. Needs the npm registry, and Debian's chromium and firefox-esr for the pages. Ends with 1 if a step failed.

  --only NAME   the steps whose name contains NAME; may be given more than once
  --share N     every Nth step, beginning anywhere, and never the suites of proof and postgres, which take as long as all others:
                for whoever runs it often and has little time; default: 1
  --json        print one JSON object on the last line
  --help        print this

Steps:
${steps.map(({ name }) => `  ${name}`).join("\n")}
`;

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${HELP}`);
  process.exit(2);
}

function options(): { only: string[]; share: string; json: boolean; help: boolean } {
  // Some package managers pass the "--" on.
  const args = process.argv.slice(2).filter((argument) => argument !== "--");
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: "string", multiple: true, default: [] },
        share: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { only, share: shareText, json, help } = options();
if (help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const share = Number(shareText);
if (!Number.isInteger(share) || share < 1) refuse(`--share must be an integer from 1, but is ${shareText}.`);
for (const name of only) {
  if (!steps.some((step) => step.name.includes(name))) refuse(`There is no step ${name}.`);
}

// Ends what was started and removes the folders whenever this process exits.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => process.exit(code));
}

type Outcome = { readonly name: string; readonly ok: boolean; readonly seconds: number; readonly said: string };

async function outcomeOf({ name, run }: Step): Promise<Outcome> {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
  try {
    return { name, ok: true, said: (await run()) ?? "", seconds: seconds() };
  } catch (error) {
    return { name, ok: false, said: error instanceof Error ? error.message : String(error), seconds: seconds() };
  }
}

const startedAt = performance.now();
const beginning = Math.floor(Math.random() * share);
const longest = ["suites: proof", "suites: postgres"];
const wanted = steps
  .filter(({ name }) => share === 1 || !longest.includes(name))
  .filter((_, i) => i % share === beginning)
  .filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
// Many steps wait for an installation, a runtime or their last file: with one step per core no core does.
const running = inLanes(
  availableParallelism(),
  wanted.map((step) => () => outcomeOf(step)),
);
const outcomes: Outcome[] = [];
for (const promise of running) {
  const outcome = await promise;
  const { name, ok, seconds, said } = outcome;
  outcomes.push(outcome);
  const place = `${outcomes.length}/${wanted.length}`.padStart(5);
  console.log(`${place}  ${name} … ${ok ? "ok" : "FAILED"} ${seconds} s  ${said}`);
}
const failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name);
const total = Math.round((performance.now() - startedAt) / 1_000);
console.log(`matrix: ${outcomes.length - failed.length} of ${outcomes.length} steps ok in ${total} s`);
for (const name of failed) console.log(`FAILED: ${name}`);
if (json) console.log(JSON.stringify({ steps: outcomes }));
process.exit(failed.length === 0 ? 0 : 1);
