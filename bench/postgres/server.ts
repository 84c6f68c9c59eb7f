import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processorTime } from "@longshore/servers/processor-time";

const DEBIAN = "/usr/lib/postgresql";

export type Server = {
  readonly url: string;
  /** The processor time that its processes have used, in µs. */
  cpu(): number;
  /** Ends it at once, as a crash does. */
  end(): void;
  start(): void;
  stop(): void;
};

/** Starts Debian's server on loopback, as it is after its installation; installs it where it is missing. */
export async function startServer(): Promise<Server> {
  if (!existsSync(DEBIAN)) spawnSync("apt-get", ["install", "-qy", "--no-install-recommends", "postgresql"]);
  const newest = readdirSync(DEBIAN)
    .sort((a, b) => Number(a) - Number(b))
    .at(-1);
  if (newest === undefined) throw new Error("there is no PostgreSQL, and apt-get could not install it");
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  chmodSync(folder, 0o777);
  const data = join(folder, "data");
  const port = await freePort();
  const run = (command: string, ...args: string[]): void => {
    const file = join(DEBIAN, newest, "bin", command);
    // It refuses to run as root.
    const [as = file, ...rest] = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--", file] : [file];
    execFileSync(as, [...rest, ...args], { stdio: "ignore", cwd: "/" });
  };
  run("initdb", "-D", data, "-U", "postgres", "-A", "trust");
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  const start = (): void => run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", options, "start");
  const end = (): void => run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
  start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    cpu: () => processorTime(Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0])),
    start,
    end,
    stop() {
      end();
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
