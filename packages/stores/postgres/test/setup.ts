import type { TestProject } from "vitest/node";
import { startServer } from "@longshore/servers/postgres";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the server; undefined if there is none. */
    readonly postgres: string | undefined;
  }
}

/** One server for all tests of a run. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const server = await startServer();
  if ("missing" in server) {
    console.warn(`The tests of @longshore/postgres use PGlite alone: ${server.missing}.`);
    provide("postgres", undefined);
    return () => {};
  }
  provide("postgres", server.url);
  return () => server.stop();
}
