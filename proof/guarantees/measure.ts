import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sabotages } from "../kills/sabotage.ts";
import { type Results, writeResult } from "./results.ts";

/** Each published result, and the command that measures it. */
export const COMMANDS: Readonly<Record<Exclude<keyof Results, "sabotages">, string>> = {
  sim: "sim --minutes 10",
  places: "sim --exhaustive",
  saboteurs: "sim --saboteurs",
  mutants: "mutants",
  kills: "kills --n 100",
};
export const SABOTAGE_COMMAND = "kills --n 10 --sabotage";

/** These keep one core busy and measure no time, so they run side by side. Each of the others runs alone. */
const BESIDE: readonly string[] = ["sim", "places", "saboteurs"];

/** Runs the commands, and stores the output of each as soon as it ends. */
export async function measure(names: readonly string[]): Promise<void> {
  const kept = async ([name, command]: readonly [string, string]): Promise<void> => {
    writeResult(name as keyof Results, await printed(command, 0)); // one of its own keys
  };
  const wanted = Object.entries(COMMANDS).filter(([name]) => names.includes(name));
  await Promise.all(wanted.filter(([name]) => BESIDE.includes(name)).map(kept));
  for (const one of wanted.filter(([name]) => !BESIDE.includes(name))) await kept(one);
  if (!names.includes("sabotages")) return;
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(sabotages)) found[name] = await printed(`${SABOTAGE_COMMAND} ${name}`, 1);
  writeResult("sabotages", found);
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
