import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { inLanes } from "../scripts/lanes.ts";
import { type Step, steps } from "./steps.ts";

/** Each of them takes as long as many others. */
const LONGEST = ["suites: proof", "suites: postgres", "suites: create-longshore"];

const HELP = `matrix [--only NAME]... [--minutes M] [--json]

What multiplies: the tarballs of all packages, installed by plain npm in empty folders, on every Node, Deno and Bun, by two
compilers, in Workers and in a page; and the suites of packages again: over other options, other runtimes, more seeds, and
with every call sent twice. Needs the npm registry, and Debian's chromium and firefox-esr for the pages. Ends with 1 if a step failed.

  --only NAME   the steps whose name contains NAME; may be given more than once
  --minutes M   begins no step after M minutes, takes them in a random order, and leaves those out that take many minutes
                (${LONGEST.join(", ")}): for whoever runs it often and has little time; default: all of them
  --json        print one JSON object on the last line
  --help        print this

Steps:
${steps.map(({ name }) => `  ${name}`).join("\n")}
`;

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${HELP}`);
  process.exit(2);
}

function options(): { only: string[]; minutes: string; json: boolean; help: boolean } {
  // Some package managers pass the "--" on.
  const args = process.argv.slice(2).filter((argument) => argument !== "--");
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: "string", multiple: true, default: [] },
        minutes: { type: "string", default: "Infinity" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { only, minutes: minutesText, json, help } = options();
if (help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const minutes = Number(minutesText);
if (!(minutes > 0)) refuse(`--minutes must be a number above 0, but is ${minutesText}.`);
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

function inAnyOrder(some: readonly Step[]): Step[] {
  return some
    .map((step) => ({ step, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ step }) => step);
}

const startedAt = performance.now();
const named = steps.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
const wanted = minutes === Infinity ? named : inAnyOrder(named.filter(({ name }) => !LONGEST.includes(name)));
const isOver = (): boolean => performance.now() - startedAt > minutes * 60_000;
// Many steps wait for an installation, a runtime or their last file: with one step per core no core does.
const running = inLanes(
  availableParallelism(),
  wanted.map((step) => async () => (isOver() ? undefined : outcomeOf(step))),
);
const outcomes: Outcome[] = [];
for (const promise of running) {
  const outcome = await promise;
  // Steps begin in their order, so none of the rest has begun.
  if (outcome === undefined) break;
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
