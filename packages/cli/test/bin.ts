import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import process from "node:process";

export const BIN: string = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

export type Options = {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Sees the process when it has begun, and what it has written so far. */
  readonly watch?: (child: ChildProcess, out: string) => void;
};

/** The built program as a process, without any setting of whoever runs the tests. */
export function longshore(args: readonly string[], options: Options = {}): Promise<Ended> {
  return command(process.execPath, [BIN, ...args], options);
}

export function command(file: string, args: readonly string[], { env, cwd, watch }: Options = {}): Promise<Ended> {
  const child = spawn(file, args, {
    cwd: cwd ?? fileURLToPath(new URL(".", import.meta.url)),
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    watch?.(child, out);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
