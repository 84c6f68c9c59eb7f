import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { bearerTokens, operatorVerbs, serve } from "@longshore/http";
import { memory } from "@longshore/memory";
import { postgres } from "@longshore/postgres";
import { startServer } from "@longshore/servers/postgres";
import { sqlite } from "@longshore/sqlite";
import { Pool } from "pg";
import type { AnyStore } from "./jobs.ts";

/** A store that a test fills, and how the program is told of it. */
export type Filled = {
  readonly store: AnyStore;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
};

export async function sqliteFile(): Promise<Filled> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-cli-"));
  const file = join(folder, "jobs.db");
  const store = sqlite(file);
  return {
    store,
    args: ["--sqlite", file],
    env: {},
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const TOKEN = "a-token-of-a-test-0123456789";

/** Jobs in memory behind `serve`, on loopback. `payloads`: whether the token may read them. */
export async function overHttp({ payloads = true } = {}): Promise<Filled> {
  const store = memory();
  const grants = [{ verbs: operatorVerbs, queues: "all", names: "all", payloads }] as const;
  const handler = serve(store, { authorize: bearerTokens([{ token: TOKEN, grants }]) });
  const server = createServer(getRequestListener(handler));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // of a TCP socket
  return {
    store,
    args: ["--url", `http://127.0.0.1:${port}/jobs`],
    env: { LONGSHORE_TOKEN: TOKEN },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Undefined where there is no server and none can be installed. */
export async function inPostgres(): Promise<Filled | undefined> {
  const server = await startServer();
  if ("missing" in server) return undefined;
  const pool = new Pool({ connectionString: server.url });
  const store = postgres(pool);
  await store.migrate();
  return {
    store,
    args: [],
    env: { LONGSHORE_POSTGRES: server.url },
    async close() {
      await store.close();
      await pool.end();
      server.stop();
    },
  };
}
