import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Server = {
  readonly url: string;
  /** The processor time that it has used, in µs. */
  cpu(): number;
  stop(): void;
};

/** Starts Debian's redis-server on loopback, with its log of changes as most have it (`everysec`). */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  const port = await freePort();
  const options = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
  const server: ChildProcess = spawn("redis-server", options.map(String), { stdio: ["ignore", "pipe", "ignore"] });
  server.on("error", () => {
    throw new Error("there is no redis-server: apt-get install redis-server");
  });
  for await (const chunk of server.stdout ?? []) if (String(chunk).includes("Ready to accept connections")) break;
  server.stdout?.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    cpu() {
      // Linux counts it in hundredths of a second.
      const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10_000;
    },
    stop() {
      void once(server, "exit").then(() => rmSync(folder, { recursive: true, force: true }));
      server.kill("SIGKILL");
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
