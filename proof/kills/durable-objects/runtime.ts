import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createLastWords } from "../last-words.ts";

/**
 * Cloudflare's runtime itself, with the objects' storage on this machine's disk. There is one process, and it holds
 * the storage: no proxy and no parent that could be killed in its place. Both are gone when this process ends.
 */
export type Runtime = {
  /** Where it listens: another port after each start. */
  url(): string;
  /** Resolves when it answers. Rejects with its last words where it ends instead. */
  start(): Promise<void>;
  /** SIGKILL. Resolves when the process is gone. Rejects where it had ended by itself. */
  kill(): Promise<void>;
  /** What it logged last. */
  lastWords(): string;
  stop(): void;
};

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-11-02",
      compatibilityFlags = ["no_nodejs_compat"],
      bindings = [(name = "JOBS", durableObjectNamespace = "Jobs"), (name = "LEDGER", service = "ledger")],
      durableObjectNamespaces = [(className = "Jobs", uniqueKey = "jobs", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
    )),
    (name = "disk", disk = (writable = true)),
    (name = "ledger", external = (http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/** Makes the folder; nothing runs yet. */
export function createRuntime(script: string, ledgerAddress: string): Runtime {
  const require = createRequire(import.meta.url);
  const binary = require("workerd").default as string; // it has no types
  const folder = mkdtempSync(join(tmpdir(), "longshore-kills-"));
  const disk = join(folder, "disk");
  mkdirSync(disk);
  writeFileSync(join(folder, "worker.js"), script);
  writeFileSync(join(folder, "config.capnp"), CONFIG);
  const args = ["serve", "--control-fd=3", `-ddisk=${disk}`, `-eledger=${ledgerAddress}`, "config.capnp"];

  const words = createLastWords();
  let running: ChildProcess | undefined;
  let url = "";
  const stop = (): void => {
    running?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", stop);

  return {
    url: () => url,
    async start() {
      const child = spawn(binary, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe", "pipe"] });
      running = child;
      const [, out, err, control] = child.stdio as readonly Readable[]; // all but the first are pipes that we read
      for (const stream of [out, err]) if (stream) words.hear(stream);
      const listening = new Promise<number>((resolve, reject) => {
        if (control) createInterface({ input: control }).once("line", (line) => resolve(JSON.parse(line).port));
        child.once("error", reject);
        child.once("exit", () => reject(new Error(`workerd does not start. Its last words:\n${words.all()}`)));
      });
      url = `http://127.0.0.1:${await listening}/`;
      await fetch(url);
    },
    async kill() {
      const child = running;
      if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`workerd ended by itself. Its last words:\n${words.all()}`);
      const gone = once(child, "exit");
      process.kill(child.pid, "SIGKILL");
      await gone;
    },
    lastWords: words.all,
    stop() {
      stop();
      process.removeListener("exit", stop);
    },
  };
}
