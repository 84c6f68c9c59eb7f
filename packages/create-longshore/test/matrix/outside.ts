import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";

/** Without variables of the package manager that started the tests. */
const ENV: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^p?npm_(?!config_(registry|cache|cafile))|^VITEST|^NODE_ENV$/i.test(key),
    ),
  ),
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  WRANGLER_SEND_METRICS: "false",
  // What it says is read. In CI, some colour it though nobody sees it.
  NO_COLOR: "1",
};

export type Running = {
  /** Resolves with the first line that matches, or its group; rejects with all that was said if the program ends. */
  says(line: RegExp): Promise<string>;
  /** Like `says`, of what is said from now on. */
  saysNext(line: RegExp): Promise<string>;
  /** The exit code, and all that was said on both outputs. */
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
  /** Ends the program and everything that it has started. */
  stop(): Promise<void>;
};

/** Starts a program as a user would, in a group of processes of its own. */
export function start(cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(command, args, {
    cwd,
    detached: true,
    env: { ...ENV, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const waiting = new Set<() => void>();
  const collect = (text: string): void => {
    said += text;
    for (const look of waiting) look();
  };
  for (const output of [child.stdout, child.stderr]) output.setEncoding("utf8").on("data", collect);
  const ended = new Promise<Awaited<Running["ended"]>>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said }));
  });
  const saysAfter = (from: number, line: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = line.exec(said.slice(from));
        if (found !== null) resolve(found[1] ?? found[0]);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`${command} ended before it said ${line}\n${said}`)), reject);
    });
  return {
    ended,
    says: (line) => saysAfter(0, line),
    saysNext: (line) => saysAfter(said.length, line),
    async stop() {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // The group is empty.
      }
      await ended;
    },
  };
}

/** What a program has said; rejects with it if the program fails. */
export async function output(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const { code, said } = await start(cwd, command, args).ended;
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}\n${said}`);
  return said;
}
