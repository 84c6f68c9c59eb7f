import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Client } from "pg";
import { freePort, installPackage } from "@longshore/servers/postgres";

/** A pooler of transactions in front of a server, on loopback. */
export type Pooler = { readonly url: string; stop(): Promise<void> };

/**
 * Starts Debian's PgBouncer, and installs it first where it is missing. It has fewer connections than a test asks for,
 * so that two transactions of a client are rarely on the same.
 */
export async function startPooler(server: string): Promise<Pooler> {
  const binary = "/usr/sbin/pgbouncer";
  if (spawnSync(binary, ["--version"]).status !== 0) installPackage("pgbouncer");
  const folder = mkdtempSync(join(tmpdir(), "longshore-pgbouncer-"));
  chmodSync(folder, 0o755);
  const { hostname, port: behind, username } = new URL(server);
  const port = await freePort();
  const config = join(folder, "pgbouncer.ini");
  writeFileSync(
    config,
    `[databases]
* = host=${hostname} port=${behind} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  );
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(binary, [config], { ...user, cwd: "/", stdio: "ignore" });
  const ended = once(child, "exit");
  const url = `postgres://${username}@127.0.0.1:${port}/postgres`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
  }
  return {
    url,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
