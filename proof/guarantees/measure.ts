import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { STORES, type StoreName, sabotages } from "../kills/sabotages.ts";
import type { FigureName } from "./judged.ts";
import { writeResult } from "./results.ts";

/** Each published result, and the command that measures it; of sabotages, without the name of one. */
export const COMMANDS: Readonly<Record<FigureName, string>> = {
  sim: "sim --minutes 10",
  places: "sim --exhaustive",
  saboteurs: "sim --saboteurs",
  mutants: "mutants",
  "kills-durable-objects": "kills --n 100",
  "kills-postgres": "kills --store postgres --n 250",
  "kills-rabbitmq": "kills --store rabbitmq --n 250",
  "kills-redis": "kills --store redis --n 250",
  "kills-sqlite": "kills --store sqlite --n 250",
  "sabotages-durable-objects": "kills --n 10 --sabotage",
  "sabotages-postgres": "kills --store postgres --n 10 --sabotage",
  "sabotages-rabbitmq": "kills --store rabbitmq --n 10 --sabotage",
  "sabotages-redis": "kills --store redis --n 10 --sabotage",
  "sabotages-sqlite": "kills --store sqlite --n 10 --sabotage",
};
export const FIGURES = Object.keys(COMMANDS) as readonly FigureName[]; // it has no other keys

/** These keep one core busy and measure no time, so they run side by side. Each of the others runs alone. */
const BESIDE: readonly string[] = ["sim", "places", "saboteurs"];

/** Runs the commands, and stores the output of each as soon as it ends. */
export async function measure(names: readonly FigureName[]): Promise<void> {
  const kept = async (name: FigureName): Promise<void> => {
    const store = STORES.find((one) => name === `sabotages-${one}`);
    writeResult(name, store === undefined ? await printed(COMMANDS[name], 0) : await found(store, COMMANDS[name]));
  };
  const wanted = FIGURES.filter((name) => names.includes(name));
  await Promise.all(wanted.filter((name) => BESIDE.includes(name)).map(kept));
  for (const name of wanted.filter((one) => !BESIDE.includes(one))) await kept(name);
}

/** The output for each sabotage of a store. */
async function found(store: StoreName, command: string): Promise<Readonly<Record<string, unknown>>> {
  const outputs: Record<string, unknown> = {};
  for (const name of Object.keys(sabotages[store])) outputs[name] = await printed(`${command} ${name}`, 1);
  return outputs;
}

/** The output of `pnpm COMMAND --json`. Fails if its exit code is not the wanted one. */
function printed(command: string, wanted: number): Promise<unknown> {
  const [script = "", ...options] = command.split(" ");
  console.error(`pnpm ${command}`);
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../${script}.ts`, import.meta.url));
    const child = spawn(process.execPath, [path, ...options, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === wanted) resolve(JSON.parse(output));
      else reject(new Error(`pnpm ${command} ended with ${code} instead of ${wanted}`));
    });
  });
}
