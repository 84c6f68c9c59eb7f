import { writeSync } from "node:fs";
import { checkAgainstModel, completionCases, conformance } from "@longshore/conformance";
import { makeReference } from "@longshore/conformance/tools";
import { type MakeSimulated, simulate } from "@longshore/simulator";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { evaluate } from "@longshore/signals";
import { alertEvaluators } from "../alerts/extension.ts";

// Run in a copy of the repository, as a process of its own: `node killer.ts suite|model|simulator`. Each line that it
// prints is JSON: what it is at, and in the end what it found. One finding is enough.

const make: MakeSimulated = ({ clock }) => ({
  adapter: memory({ clock: clock.now, stats: statistics() }),
  extension: alertEvaluators((store, rules) => evaluate(store, { rules })),
});

const MODEL_SEEDS = 20;
const MODEL_OPERATIONS = 400;
const HISTORIES = 200;

let at = "its beginning";

// At once, whatever hangs or crashes afterwards.
function print(line: Readonly<Record<string, string>>): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function begin(name: string): void {
  at = name;
  print({ at });
}

function found(error: unknown, by = at): never {
  const text = error instanceof Error ? error.message : String(error);
  print({ by, said: text });
  process.exit(0);
}

async function runSuite(): Promise<void> {
  // The memory store takes no part in transactions, the model does.
  const checks = [...(await conformance(makeReference(), completionCases)), ...(await conformance(make))];
  for (const { name, skip, run } of checks) {
    if (skip !== undefined) continue;
    begin(name);
    await run();
  }
}

async function runModel(): Promise<void> {
  for (let seed = 1; seed <= MODEL_SEEDS; seed++) {
    begin(`seed ${seed}`);
    await checkAgainstModel(make, { seed, operations: MODEL_OPERATIONS, shrinks: 0 }).catch((error: unknown) => {
      // The last line says how to see it again, those before what differs, and the first ones tell the history.
      found(
        String(error)
          .split("\n")
          .slice(-3, -1)
          .map((line) => line.trim())
          .join("; "),
      );
    });
  }
}

async function runSimulator(): Promise<void> {
  begin("its histories");
  // How small a failure can be made is not asked here.
  const { violations } = await simulate(make, { seed: 1, histories: HISTORIES, shrinks: 0 });
  const [first] = violations;
  if (first !== undefined) found(first.message, `${first.invariant}, seed ${first.seed}`);
}

const killers: Readonly<Record<string, () => Promise<void>>> = {
  suite: runSuite,
  model: runModel,
  simulator: runSimulator,
};

process.on("uncaughtException", (error) => found(error));
const [name = ""] = process.argv.slice(2);
const run = killers[name];
if (run === undefined) throw new Error(`there is no killer ${name}`);
await run().catch((error: unknown) => found(error));
print({ passed: name });
// A broken worker may go on for ever.
process.exit(0);
