import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { varsFile } from "./secrets.ts";
import { storageProcess } from "./workerd.ts";

/** The app under `wrangler dev`, with storage in a folder of its own. Both are gone when this process ends. */
export type Runtime = {
  readonly url: string;
  /** Resolves when the app answers; rejects with wrangler's last words where it does not. */
  ready(): Promise<void>;
  /** Fires a cron trigger, which do not fire by themselves here. */
  trigger(cron: string): Promise<void>;
  /** SIGKILL to the workerd that holds the storage; wrangler starts another one. Resolves when that answers. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

/** So that wrangler neither phones home nor asks, and its log is the app's. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  FORCE_COLOR: "0",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
};
const LAST_WORDS = 30;
/** For one answer of a runtime that has only begun to listen, on a busy machine. */
const PROBE_MS = 20_000;

export async function startRuntime(
  vars: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
  signal: AbortSignal,
  /** A folder of files that the app serves beside its routes. */
  assets?: string,
): Promise<Runtime> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "longshore-demo-"));
  const said: string[] = [];
  const child = spawnWrangler(port, folder, vars, assets, (line) => {
    said.push(line);
    if (said.length > LAST_WORDS) said.shift();
    onLine(line);
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // Spawned detached, it leads a group of its own, which is what the workerd processes are in.
  const group = child.pid;
  const signalAll = (signal: NodeJS.Signals): void => {
    try {
      if (group !== undefined) process.kill(-group, signal);
    } catch {
      // Nobody is left in it.
    }
  };
  const cleanUp = (): void => {
    signalAll("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", cleanUp);

  const ready = async (): Promise<void> => {
    while (child.exitCode === null && group !== undefined && !signal.aborted) {
      const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) }).catch(() => undefined);
      await response?.arrayBuffer().catch(() => undefined);
      if (response?.ok) return;
      await delay(50);
    }
    throw new Error(`wrangler dev does not answer. Its last words:\n${said.join("\n")}`);
  };
  return {
    url,
    ready,
    async trigger(cron) {
      const response = await fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`, { signal });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`The trigger ${cron} answered ${response.status}.`);
    },
    async kill() {
      const pid = group === undefined ? undefined : storageProcess(group, port);
      if (pid === undefined) throw new Error("There is no workerd to kill.");
      process.kill(pid, "SIGKILL");
      await ready();
    },
    async stop() {
      signalAll("SIGTERM");
      await Promise.race([ended, delay(3_000)]);
      cleanUp();
      process.removeListener("exit", cleanUp);
    },
  };
}

function spawnWrangler(
  port: number,
  folder: string,
  vars: Readonly<Record<string, string>>,
  assets: string | undefined,
  onLine: (line: string) => void,
): ChildProcess {
  // In a file, because everybody may see the arguments of a process.
  const varsPath = join(folder, "vars");
  writeFileSync(varsPath, varsFile(vars), { mode: 0o600 });
  const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
  const options = `--ip 127.0.0.1 --port ${port} --inspector-port 0 --show-interactive-dev-session=false`.split(" ");
  if (assets !== undefined) options.push("--assets", assets);
  const child = spawn(
    process.execPath,
    [wrangler, "dev", ...options, "--persist-to", join(folder, "state"), "--env-file", varsPath],
    {
      cwd: fileURLToPath(new URL("../", import.meta.url)),
      detached: true,
      env: { ...process.env, ...QUIET },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", onLine);
  return child;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
      server.close(() => resolve(port));
    });
  });
}
