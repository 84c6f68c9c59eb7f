import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Server, type ServerOptions, freePort, newFolder, spawnBound, startServer } from "./server.ts";

export type { Server };

/** Debian's, or another one by its folder. Not `/usr/sbin`: that one refuses other users, and uses the machine's own log. */
const BIN = process.env["RABBITMQ_BIN"] ?? "/usr/lib/rabbitmq/bin";
const BINARY = join(BIN, "rabbitmq-server");

/** Why there is no RabbitMQ; undefined if there is one. */
export function missingRabbitMQ(): string | undefined {
  return existsSync(BINARY) ? undefined : `there is no ${BINARY}: apt-get install rabbitmq-server`;
}

/** With a node, a port mapper, data and a log of its own. */
export async function startRabbitMQ({ say }: ServerOptions = {}): Promise<Server> {
  const missing = missingRabbitMQ();
  if (missing !== undefined) throw new Error(missing);
  const folder = newFolder();
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
    // Its script becomes the server, instead of waiting for it: there is one process to end.
    RUNNING_UNDER_SYSTEMD: "1",
  };
  return startServer({
    name: "RabbitMQ",
    command: [BINARY],
    env,
    ready: "Server startup complete",
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    folder,
    beside: spawnBound(["epmd", "-port", String(mapperPort), "-address", "127.0.0.1"], env),
    say,
  });
}
