import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { processorTime } from "./processor-time.ts";

/** A server on loopback with a folder of its own, for a test or a measurement. It ends with the thread that started it. */
export type Server = {
  readonly url: string;
  /** Ends its process. Resolves when that is over. Rejects with its last words if it had ended by itself. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, with what it kept. Resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
  /** The processor time that its present process has used, in µs. Linux only. */
  cpu(): number;
};

export type ServerOptions = {
  /** Hears each line that the server says. */
  readonly say?: ((line: string) => void) | undefined;
};

type Program = ServerOptions & {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** A part of the line that it says when it takes connections. */
  readonly ready: string;
  readonly url: string;
  /** Made by `newFolder`, and removed at the end. */
  readonly folder: string;
  /** What else must end with it. */
  readonly beside?: ChildProcess | undefined;
};

const LAST_WORDS = 30;

/** Resolves when it takes connections. */
export async function startServer({ name, command, env, ready, url, folder, beside, say }: Program): Promise<Server> {
  const words: string[] = [];
  const ended = (): Error => new Error(`${name} ended by itself. The last words:\n${words.join("\n")}`);
  let running: ChildProcess | undefined;
  const isRunning = (): boolean => running !== undefined && running.exitCode === null && running.signalCode === null;

  const clean = (): void => {
    running?.kill("SIGKILL");
    beside?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once("exit", clean);
  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = spawnBound(command, env);
      running = child;
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
          words.push(line);
          if (words.length > LAST_WORDS) words.shift();
          say?.(line);
          if (line.includes(ready)) resolve();
        });
      }
      child.once("error", reject);
      child.once("close", () => reject(ended())); // once it is ready, this says nothing
    });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const gone = once(running as ChildProcess, "exit"); // it runs
    running?.kill(signal);
    await gone;
  };
  const stop = async (): Promise<void> => {
    if (isRunning()) await end("SIGKILL");
    clean();
    process.removeListener("exit", clean);
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    start,
    stop,
    async kill(signal) {
      if (!isRunning()) throw ended();
      await end(signal);
    },
    cpu: () => processorTime(running?.pid ?? 0),
  };
}

/** Starts a program that the system ends with the thread that started it, however that ends; where Linux has `setpriv`. */
export function spawnBound(command: readonly string[], env: NodeJS.ProcessEnv | undefined = process.env): ChildProcess {
  const bound = spawnSync("setpriv", ["--version"], { stdio: "ignore" }).status === 0;
  const [program = "", ...args] = bound ? ["setpriv", "--pdeathsig", "KILL", ...command] : command;
  return spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "longshore-server-"));
}

/** A port of loopback that nobody uses. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo; // it listens on TCP
      server.close(() => resolve(port));
    });
  });
}
