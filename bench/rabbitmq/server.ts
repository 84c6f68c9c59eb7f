import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BIN = "/usr/lib/rabbitmq/bin/rabbitmq-server";

export type Server = {
  readonly url: string;
  /** The processor time that it has used, in µs. */
  cpu(): number;
  stop(): Promise<void>;
};

/** Starts Debian's server on loopback, with a node, a port mapper and data of its own. */
export async function startServer(): Promise<Server> {
  if (!existsSync(BIN)) throw new Error("there is no rabbitmq-server: apt-get install rabbitmq-server");
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  const [port, mapperPort, nodesPort] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(folder, "plugins"), "[].");
  const env = {
    ...process.env,
    HOME: folder,
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `longshore-${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_DIST_PORT: String(nodesPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    RABBITMQ_MNESIA_BASE: join(folder, "data"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "env"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
    RABBITMQ_LOGS: "-",
  };
  const mapper = spawn("epmd", ["-port", String(mapperPort), "-address", "127.0.0.1"], { env, stdio: "ignore" });
  const log = join(folder, "out");
  const output = openSync(log, "w");
  const server = spawn(BIN, { env, stdio: ["ignore", output, output] });
  const told = (): string => readFileSync(log, "utf8");
  while (!told().includes("Server startup complete")) {
    if (server.exitCode !== null) throw new Error(`rabbitmq-server did not start: ${told().slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    cpu() {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      // Linux counts it in hundredths of a second.
      return (Number(fields[11]) + Number(fields[12])) * 10_000;
    },
    async stop() {
      const ended = once(server, "exit");
      process.kill(pid, "SIGKILL");
      await ended;
      mapper.kill("SIGKILL");
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
