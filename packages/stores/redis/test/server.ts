import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A server of a test's own, on loopback, with a new folder. */
export type Server = {
  readonly port: number;
  readonly url: string;
  /** Ends it at once with this signal. Resolves when it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, with what it kept. Resolves when it answers. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

const BINARY = "redis-server";

/** Why there is no server; undefined if there is one. */
export function missingServer(binary = BINARY): string | undefined {
  if (spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0) return undefined;
  return `there is no ${binary}: apt-get install redis-server, whose service need not run`;
}

/** Starts a server with these options, such as `--appendonly yes`. */
export async function startServer(options: readonly string[] = [], binary = BINARY): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-redis-"));
  const port = await freePort();
  let process: ChildProcess;
  const start = async (): Promise<void> => {
    const listening = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      folder,
      "--save",
      "",
      "--daemonize",
      "no",
    ];
    process = spawn(binary, [...listening, ...options], { stdio: ["ignore", "pipe", "ignore"] });
    for await (const chunk of process.stdout ?? []) {
      // Of version 7 and 8, and Valkey.
      if (/Ready to accept connections/.test(String(chunk))) break;
    }
    process.stdout?.resume();
    if (process.exitCode !== null) throw new Error(`${binary} ended with ${process.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, "exit");
    process.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
