import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Server, type ServerOptions, freePort, newFolder, startServer } from "./server.ts";

export type { Server };

/** Another one, such as Valkey's, by its path. */
const BINARY = process.env["REDIS_SERVER"] ?? "redis-server";

/** Why there is no Redis; undefined if there is one. */
export function missingRedis(binary: string = BINARY): string | undefined {
  if (spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0) return undefined;
  return `there is no ${binary}: apt-get install redis-server, whose service need not run`;
}

export type RedisOptions = ServerOptions & {
  /** Those that differ, such as `{ appendfsync: "always" }`. It keeps a log of changes, as most have it (`everysec`). */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Default: the environment's `REDIS_SERVER`, or Redis'. */
  readonly binary?: string | undefined;
};

export async function startRedis({ settings, binary = BINARY, say }: RedisOptions = {}): Promise<Server> {
  const missing = missingRedis(binary);
  if (missing !== undefined) throw new Error(missing);
  const folder = newFolder();
  const port = await freePort();
  const all = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", appendonly: "yes", ...settings };
  return startServer({
    name: "Redis",
    command: [binary, ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])],
    ready: "Ready to accept connections", // of Redis 7 and 8, and Valkey
    url: `redis://127.0.0.1:${port}`,
    folder,
    say,
  });
}

/** Starts a Sentinel that watches a server, which it calls `primary`. Resolves when it knows its replica. */
export async function startSentinel({ url }: Server, { say }: ServerOptions = {}): Promise<Server> {
  const folder = newFolder();
  const port = await freePort();
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor primary 127.0.0.1 ${new URL(url).port} 1`,
    "sentinel down-after-milliseconds primary 500",
    "sentinel failover-timeout primary 5000",
  ];
  // It writes into it what it learns.
  const file = join(folder, "sentinel.conf");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return startServer({
    name: "Sentinel",
    command: [BINARY, file, "--sentinel"],
    ready: "+slave slave",
    url: `redis://127.0.0.1:${port}`,
    folder,
    say,
  });
}
