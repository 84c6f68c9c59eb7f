import { missingRedis, startRedis } from "@longshore/servers/redis";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the server; undefined if there is none. */
    readonly redis: string | undefined;
  }
}

/** One server for all tests of a run. */
export default async function setup({ provide }: TestProject): Promise<() => unknown> {
  const missing = missingRedis();
  if (missing !== undefined) {
    console.warn(`The tests of @longshore/redis are skipped: ${missing}.`);
    provide("redis", undefined);
    return () => {};
  }
  const server = await startRedis();
  provide("redis", server.url);
  return () => server.stop();
}
