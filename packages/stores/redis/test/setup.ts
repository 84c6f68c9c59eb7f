import type { TestProject } from "vitest/node";
import { missingServer, startServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the server; undefined if there is none. */
    readonly redis: string | undefined;
  }
}

/** One server for all tests of a run. */
export default async function setup({ provide }: TestProject): Promise<() => unknown> {
  const missing = missingServer();
  if (missing !== undefined) {
    console.warn(`The tests of @longshore/redis are skipped: ${missing}.`);
    provide("redis", undefined);
    return () => {};
  }
  const server = await startServer(["--appendonly", "yes"]);
  provide("redis", server.url);
  return () => server.stop();
}
