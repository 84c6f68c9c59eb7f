import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type ExhaustiveResult,
  type Failure,
  type Plan,
  everyCrash,
  everyFault,
  everyPair,
  journalTable,
  replay,
  simulate,
} from "@longshore/simulator";
import { saboteurs } from "./saboteurs/index.ts";
import { commit, stampOf } from "./commit.ts";
import type { PlaceFigures, SaboteurFigures, SimFigures } from "./guarantees/results.ts";
import { simulatedMemory } from "./store.ts";

const HELP = `pnpm sim [options]

Runs whole histories of the real core over the memory store, on virtual time: producers, workers that crash and come
back, schedulers, operators, evaluators of alerts, and a connection to the store that loses, doubles and delays calls.
After every call that the store carries out, and at the end, every invariant is checked. Exits 1 if one is broken.

  --histories N   how many histories (default 1000)
  --minutes M     as many as fit into so many minutes instead
  --seed S        of the first history; the others follow it (default: a new one)
  --trace         one history, printed as a table: time, actor, operation, result, fault
  --replay FILE   the history that a failure left in a file, printed as a table
  --exhaustive    instead of chance: every fault at every call of a script that uses every verb, a death at
                  everything that its processes wait for, and every pair of faults (about twenty minutes; with
                  --minutes as many pairs as fit)
  --saboteurs     thirty histories of each full store of the suite that is broken on purpose: which of them it finds
                  (a minute)
  --json          the figures as JSON
  --help          this text

histories per second are counted by the processor's time, so that they are those of one core.`;

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "1000" },
    minutes: { type: "string" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    replay: { type: "string" },
    exhaustive: { type: "boolean", default: false },
    saboteurs: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

// Errors are part of the histories, and nobody reads their stacks.
Error.stackTraceLimit = 0;
const minutes = values.minutes === undefined ? undefined : count("minutes", values.minutes);
const histories = minutes === undefined ? count("histories", values.histories) : Infinity;
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : count("seed", values.seed);

const startedAt = performance.now();
const cpuAt = process.cpuUsage();
const isTime = (): boolean => minutes === undefined || performance.now() - startedAt < minutes * 60_000;

if (values.help) console.log(HELP);
else if (values.replay !== undefined) await tell(JSON.parse(readFileSync(values.replay, "utf8")).plan);
else if (values.exhaustive) await exhaustive();
else if (values.saboteurs) await simulateSaboteurs();
else if (values.trace) await traceOne();
else await run();

async function run(): Promise<void> {
  let toldAt = performance.now();
  const shouldContinue = (simulated: number): boolean => {
    if (performance.now() - toldAt > 5_000) {
      toldAt = performance.now();
      console.error(`${simulated} histories`);
    }
    return isTime();
  };
  const stamp = stampOf("sim");
  const found = await simulate(simulatedMemory, { seed, histories, shouldContinue });
  const { user, system } = process.cpuUsage(cpuAt);
  const { lost, unexpected, duplicated, recovered } = found.counters;
  const figures: SimFigures = {
    histories: found.histories,
    historiesPerSecond: Math.round(found.histories / ((user + system) / 1e6)),
    eventsPerHistory: Math.round(found.events / Math.max(1, found.histories)),
    faults: found.faults,
    violations: found.violations.length,
    lost,
    unexpected,
    duplicated,
    recovered,
    seed,
    ...stamp,
  };
  if (values.json) console.log(JSON.stringify(figures, null, 2));
  else {
    const { faults, code: _code, ...rest } = figures;
    for (const [name, value] of Object.entries({ ...rest, ...faults })) console.log(`${name.padEnd(20)} ${value}`);
  }
  found.violations.forEach(report);
}

async function exhaustive(): Promise<void> {
  const stamp = stampOf("places");
  const modes: Record<string, ExhaustiveResult> = {};
  const search = async (name: string, found: Promise<ExhaustiveResult>): Promise<void> => {
    console.error(`${name} …`);
    modes[name] = await found;
    modes[name].failures.forEach(report);
  };
  await search("every fault at every call", everyFault(simulatedMemory));
  await search("a death at every wait", everyCrash(simulatedMemory));
  await search("every pair of faults", everyPair(simulatedMemory, { shouldContinue: isTime }));
  const figures = Object.entries(modes).map(([mode, { places, runs, failures }]) => ({
    mode,
    places,
    runs,
    violations: failures.length,
  }));
  const found: PlaceFigures = { modes: figures, ...stamp };
  if (values.json) console.log(JSON.stringify(found, null, 2));
  else console.table(figures);
}

async function simulateSaboteurs(): Promise<void> {
  const stamp = stampOf("saboteurs");
  const found: Record<string, string> = {};
  const missed: string[] = [];
  const refused: string[] = [];
  for (const { name, make } of saboteurs) {
    const [first] = await simulate(make, { seed: 1, histories: 30, shrinks: 0 }).then(
      ({ violations }) => violations.map(({ invariant }) => invariant),
      () => ["refused" as const],
    );
    if (first === "refused") refused.push(name);
    else if (first === undefined) missed.push(name);
    else found[name] = first;
    console.error(`${first ?? "not found"}: ${name}`);
  }
  const figures: SaboteurFigures = { found, missed, refused, ...stamp };
  const count = Object.keys(found).length;
  if (values.json) console.log(JSON.stringify(figures, null, 2));
  else console.log(`${count} of ${count + missed.length} found`);
}

async function traceOne(): Promise<void> {
  const { violations, lines } = await simulate(simulatedMemory, { seed, histories: 1, trace: true });
  console.log(journalTable(lines));
  violations.forEach(report);
}

async function tell(plan: Plan): Promise<void> {
  const { violation, lines, hash } = await replay(simulatedMemory, plan);
  console.log(journalTable(lines));
  console.log(
    `\n${violation === undefined ? "nothing is broken" : `${violation.invariant}: ${violation.message}`}; hash ${hash}`,
  );
  if (violation !== undefined) process.exitCode = 1;
}

/** Tells of a broken invariant, and leaves its history in a file, as `test/failed` keeps them. */
function report({ seed: broken, invariant, message, plan, table }: Failure): void {
  const file = `sim-${broken}.json`;
  writeFileSync(file, `${JSON.stringify({ found: `${invariant}: ${message}`, plan }, null, 2)}\n`);
  console.error(
    `\n${table}\n\nseed ${broken}, commit ${commit()}\n${invariant}: ${message}\nagain: pnpm sim --replay ${file}\nin every test from now on: move ${file} to proof/test/failed`,
  );
  process.exitCode = 1;
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  console.error(`--${name} must be a number of at least 0; got ${JSON.stringify(text)}. See --help.`);
  process.exit(2);
}
