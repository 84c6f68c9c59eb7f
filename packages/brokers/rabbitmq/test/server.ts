import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A server of a test's own: its own node, port mapper, data and log, on loopback. */
export type Server = {
  /** With a short heartbeat, so that no test waits for minutes. */
  readonly url: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, on its data. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Not `/usr/sbin`: what Debian has there refuses other users, and writes into the machine's own log. */
const DEBIAN = "/usr/lib/rabbitmq/bin";

/**
 * Starts Debian's server, or the one whose binaries the environment names in `RABBITMQ_BIN`. Returns the reason if there
 * is none.
 */
export async function startServer(
  bin = process.env["RABBITMQ_BIN"] ?? DEBIAN,
): Promise<Server | { readonly missing: string }> {
  if (!existsSync(join(bin, "rabbitmq-server"))) {
    return { missing: `there is no ${bin}/rabbitmq-server; \`apt-get install rabbitmq-server\` brings it` };
  }
  const folder = mkdtempSync(join(tmpdir(), "longshore-rabbitmq-"));
  const [port, mapperPort, nodesPort] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(folder, "plugins"), "[].");
  const env = {
    ...process.env,
    HOME: folder, // the nodes' cookie
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
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const log = join(folder, "out");
    const output = openSync(log, "w");
    server = spawn(join(bin, "rabbitmq-server"), { env, stdio: ["ignore", output, output] });
    const told = (): string => readFileSync(log, "utf8");
    while (!told().includes("Server startup complete")) {
      if (server.exitCode !== null) throw new Error(`rabbitmq-server did not start: ${told().slice(-2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    // Its script waits for it, and ends with it.
    const ended = once(server, "exit");
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
    await ended;
  };
  const clean = (): void => {
    mapper.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    clean();
    throw error;
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}?heartbeat=5`,
    kill,
    start,
    async stop() {
      await kill();
      clean();
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
