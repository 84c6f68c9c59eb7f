import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { LastWords } from "../last-words.ts";

/** A server of Redis on loopback, in a new folder, with its log of changes. */
export type Server = {
  readonly url: string;
  /** SIGKILL. Resolves when it is back, with what it kept. */
  restart(): Promise<void>;
  stop(): void;
};

const READY = "Ready to accept connections";

/** `settings`: those that differ. Its log is written before each answer: by default it may be late (`everysec`). */
export async function startServer(settings: Readonly<Record<string, string>>, words: LastWords): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-kills-"));
  const port = await freePort();
  const all = {
    port: String(port),
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  let running: ChildProcess | undefined;
  const stop = (): void => {
    running?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once("exit", stop);

  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "pipe"] });
      running = child;
      words.hear(child.stderr);
      createInterface({ input: child.stdout }).on("line", (line) => {
        words.say(line);
        if (line.includes(READY)) resolve();
      });
      child.once("error", (cause) =>
        reject(new Error("There is no redis-server: apt-get install redis-server", { cause })),
      );
      child.once("close", () => reject(new Error(`Redis ended by itself. The last words:\n${words.all()}`)));
    });
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      const child = running;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`Redis ended by itself. The last words:\n${words.all()}`);
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      await start();
    },
    stop() {
      stop();
      process.removeListener("exit", stop);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}
