import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { quietEnv } from "../scripts/run.ts";

/** Where a user would be: an empty folder outside of the repository. It is removed when this process ends. */
const outside: string = mkdtempSync(join(tmpdir(), "longshore-matrix-"));
export const root: string = fileURLToPath(new URL("../", import.meta.url));

const running = new Set<number>();
process.once("exit", () => {
  for (const group of running) end(group);
  rmSync(outside, { recursive: true, force: true, maxRetries: 5 });
});

/** Nothing of the package manager that started us, nor of the repository's own tools. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(quietEnv).filter(([key]) => !/^p?npm_(?!config_(registry|cache|cafile))/i.test(key)),
);

export type Start = { readonly cwd: string; readonly node?: string; readonly env?: Readonly<Record<string, string>> };

export type Running = {
  /** The line that the expression finds, or what it captures of it; rejects with the last words where the program ends first. */
  says(line: RegExp): Promise<string>;
  /** Resolves with all that was printed: on standard output, or on both where the program fails. */
  readonly ended: Promise<{ readonly code: number | null; readonly printed: string; readonly said: string }>;
  signal(signal: NodeJS.Signals): void;
  /** Ends the program, and whatever it started. */
  stop(): Promise<void>;
};

/** Starts a program in a group of its own, with the given Node first on its path. */
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
    // Nobody is left in it.
  }
}

/** What a program prints; rejects with all that it said where it fails. */
export async function output(command: string, args: readonly string[], where: Start): Promise<string> {
  const child = start(command, args, where);
  const { code, printed, said } = await child.ended;
  await child.stop();
  if (code === 0) return printed;
  throw new Error(`${[command, ...args].join(" ")} ended with ${code}\n${said}`);
}

/** Writes files, by their path from a folder, which is made where it is missing. */
export function write(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** An empty folder in which plain npm, on the given Node, installs what is named. Answers its path. */
export async function install(name: string, packages: readonly string[], node?: string): Promise<string> {
  const folder = join(outside, name);
  write(folder, [["package.json", JSON.stringify({ name, private: true, type: "module" })]]);
  await output("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], {
    cwd: folder,
    ...(node !== undefined && { node }),
  });
  return folder;
}

/** A piece of work that several steps need is done once, by the first that asks. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}
