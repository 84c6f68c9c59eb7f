import { missingRabbitMQ, startRabbitMQ } from "@longshore/servers/rabbitmq";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the server; undefined if there is none. */
    readonly rabbitmq: string | undefined;
  }
}

/** One server for all tests of a run. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const missing = missingRabbitMQ();
  if (missing !== undefined) {
    console.warn(`The tests of @longshore/rabbitmq that need a server are skipped: ${missing}.`);
    provide("rabbitmq", undefined);
    return async () => {};
  }
  const server = await startRabbitMQ();
  // So that no test waits for minutes.
  provide("rabbitmq", `${server.url}?heartbeat=5`);
  return () => server.stop();
}
