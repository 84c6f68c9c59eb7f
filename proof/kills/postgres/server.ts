import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Signal } from "../note.ts";
import type { LastWords } from "../last-words.ts";
import { binaries } from "./binaries.ts";

/** A server of PostgreSQL on loopback, with a new data directory and the settings of production. */
export type Server = {
  readonly url: string;
  /**
   * SIGKILL to its first process, as when memory runs out: the others see it and end. SIGQUIT is what
   * `pg_ctl restart -m immediate` sends: all end at once. Resolves when it has recovered and takes connections.
   */
  restart(signal: Signal): Promise<void>;
  stop(): void;
};

/** The server refuses to run as root, so root runs it as `nobody`. */
const NOBODY = 65_534;
const AGAIN_MS = 20;
const READY = "database system is ready to accept connections";
/** The others of a killed process still hold its memory. */
const HELD = "is still in use";

/** `settings`: those that differ from the defaults. */
export async function startServer(settings: Readonly<Record<string, string>>, words: LastWords): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-kills-"));
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ("uid" in asNobody) chownSync(folder, NOBODY, NOBODY);
  let running: ChildProcess | undefined;
  const stop = (): void => {
    running?.kill("SIGQUIT");
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once("exit", stop);
  const bin = await binaries(folder);
  const data = join(folder, "data");
  const how = { ...asNobody, cwd: folder, env: { ...process.env, LC_ALL: "C" } };
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
  execFileSync(join(bin, "initdb"), init, { ...how, stdio: "ignore" });
  const port = await freePort();
  const all = {
    ...settings,
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    // After a crash, one call instead of one for each file: nothing else of the machine was lost.
    recovery_init_sync_method: "syncfs",
  };
  const args = ["-D", data, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])];

  /** False: the memory of the one before is still held. */
  const started = async (): Promise<boolean> => {
    const child = spawn(join(bin, "postgres"), args, { ...how, stdio: ["ignore", "ignore", "pipe"] });
    running = child;
    let held = false;
    const ready = new Promise<boolean>((resolve, reject) => {
      createInterface({ input: child.stderr }).on("line", (line) => {
        words.say(line);
        if (line.includes(READY)) resolve(true);
        if (line.includes(HELD)) held = true;
      });
      child.once("error", reject);
      child.once("close", () => {
        if (held) resolve(false);
        else reject(new Error(`PostgreSQL ended by itself. The last words:\n${words.all()}`));
      });
    });
    ready.catch(() => {}); // of an end that comes later, `restart` tells
    return ready;
  };
  const start = async (): Promise<void> => {
    while (!(await started())) await delay(AGAIN_MS);
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart(signal) {
      const child = running;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`PostgreSQL ended by itself. The last words:\n${words.all()}`);
      const gone = once(child, "exit");
      child.kill(signal);
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
