import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A server of a test's own, on loopback, with a new data directory. */
export type Server = {
  readonly url: string;
  /** Ends every process of the server at once, as a crash does, and starts it again. */
  crash(): void;
  stop(): void;
};

const DEBIAN = "/usr/lib/postgresql";

/**
 * Starts Debian's server, and installs it first where it is missing. Returns the reason if there is none. `safe`: with
 * fsync, as in production. `bin`: the folder of another server's binaries.
 */
export async function startServer({ safe = false, bin = binaries() ?? install() } = {}): Promise<
  Server | { readonly missing: string }
> {
  if (bin === undefined) return { missing: "there is no PostgreSQL, and apt-get could not install it" };
  const folder = mkdtempSync(join(tmpdir(), "longshore-postgres-"));
  chmodSync(folder, 0o777);
  const data = join(folder, "data");
  const port = await freePort();
  const options = [
    `-p ${port}`,
    "-c listen_addresses=127.0.0.1",
    "-c unix_socket_directories=''",
    "-c max_connections=200",
    ...(safe ? [] : ["-c fsync=off"]),
  ].join(" ");
  const control = (...args: string[]): void =>
    asUser(join(bin, "pg_ctl"), ["-D", data, "-w", "-l", join(folder, "log"), "-o", options, ...args]);
  asUser(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
  control("start");
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    crash: () => control("restart", "-m", "immediate"),
    stop() {
      control("stop", "-m", "immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The newest version that is installed. */
function binaries(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).filter((version) => existsSync(join(DEBIAN, version, "bin/initdb")));
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  return newest === undefined ? undefined : join(DEBIAN, newest, "bin");
}

function install(): string | undefined {
  return installPackage("postgresql") ? binaries() : undefined;
}

/** Installs a package of Debian's; false if that failed. */
export function installPackage(name: string): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-q"],
    ["install", "-qy", "--no-install-recommends", name],
  ]) {
    if (spawnSync("apt-get", args, { env, stdio: "ignore" }).status !== 0) return false;
  }
  return true;
}

/** The server refuses to run as root. */
function asUser(file: string, args: readonly string[]): void {
  const [command, ...rest] = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--", file] : [file];
  // Its processes must not inherit our pipes: they would keep them open.
  execFileSync(command ?? file, [...rest, ...args], { stdio: "ignore", cwd: "/" });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
