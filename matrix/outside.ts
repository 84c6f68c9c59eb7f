import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { quietEnv } from "../scripts/run.ts";

/** An empty folder outside of the repository, like a user's. Removed when this process ends. */
const outside: string = mkdtempSync(join(tmpdir(), "longshore-matrix-"));
export const root: string = fileURLToPath(new URL("../", import.meta.url));

const running = new Set<number>();
process.once("exit", () => {
  for (const group of running) end(group);
  rmSync(outside, { recursive: true, force: true, maxRetries: 5 });
});

/** Without variables of the package manager that started us, or of the repository's tools. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(quietEnv).filter(([key]) => !/^p?npm_(?!config_(registry|cache|cafile))/i.test(key)),
);

export type Start = { readonly cwd: string; readonly node?: string; readonly env?: Readonly<Record<string, string>> };

export type Running = {
  /** Resolves with the first matching line or its captured group; rejects with the last output if the program ends. */
  says(line: RegExp): Promise<string>;
  /** Resolves with everything that was printed: on standard output, or on both if the program fails. */
  readonly ended: Promise<{ readonly code: number | null; readonly printed: string; readonly said: string }>;
  signal(signal: NodeJS.Signals): void;
  /** Ends the program and everything that it started. */
  stop(): Promise<void>;
};

/** Starts a program in its own process group, with the given Node first on its path. */
export function start(
  command: string,
  args: readonly string[],
  { cwd, node = process.execPath, ...more }: Start,
): Running {
  const path = [dirname(node), process.env["PATH"]].join(delimiter);
  const child = spawn(command, args, {
    cwd,
    detached: true,
    env: { ...env, PATH: path, ...more.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const group = child.pid;
  if (group !== undefined) running.add(group);
  let printed = "";
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => void (printed += chunk.toString()));
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<Awaited<Running["ended"]>>((resolve) => {
    child.once("error", (error) => resolve({ code: null, printed, said: `${command}: ${error.message}` }));
    child.once("close", (code) => resolve({ code, printed, said: lines.join("\n") }));
  });
  return {
    ended,
    says: (expected) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.map((line) => expected.exec(line)).find((match) => match !== null);
          if (found) resolve(found[1] ?? found[0]);
        };
        waiting.add(look);
        look();
        void ended.then(({ said }) => reject(new Error(`${command} ended before it said ${expected}\n${said}`)));
      }),
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (group !== undefined) end(group);
      await ended;
      if (group !== undefined) running.delete(group);
    },
  };
}

function end(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // The group is empty.
  }
}

/** A program's output; rejects with all of it if the program fails. */
export async function output(command: string, args: readonly string[], where: Start): Promise<string> {
  const child = start(command, args, where);
  const { code, printed, said } = await child.ended;
  await child.stop();
  if (code === 0) return printed;
  throw new Error(`${[command, ...args].join(" ")} ended with ${code}\n${said}`);
}

/** Writes files by their path in a folder, and creates the folder if it is missing. */
export function write(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Makes an empty folder. Returns its path. */
export function scratch(name: string): string {
  const folder = join(outside, name);
  mkdirSync(folder);
  return folder;
}

/** Makes a folder in which plain npm, on the given Node, installs the named packages. Returns its path. */
export async function install(name: string, packages: readonly string[], node?: string): Promise<string> {
  const folder = join(outside, name);
  write(folder, [["package.json", JSON.stringify({ name, private: true, type: "module" })]]);
  await output("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], {
    cwd: folder,
    ...(node !== undefined && { node }),
  });
  return folder;
}

/** Work that several steps need is done once, when first needed. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}
