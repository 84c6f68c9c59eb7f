import type { TestProject } from "vitest/node";
import { startServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the server; undefined if there is none. */
    readonly rabbitmq: string | undefined;
  }
}

/** One server for all tests of a run. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  if ("missing" in server) {
    console.warn(`The tests of @longshore/rabbitmq that need a server are skipped: ${server.missing}.`);
    provide("rabbitmq", undefined);
    return async () => {};
  }
  provide("rabbitmq", server.url);
  return () => server.stop();
}
