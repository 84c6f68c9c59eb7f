import { registerHooks } from "node:module";
import type { DurableObjects, JobsNamespace } from "@longshore/durable-objects";
import { LEASE_MS } from "../jobs.ts";

const TIMEOUT_MS = 5_000;

/** What the package's object and runner extend, which nobody makes out here. */
const STAND_IN = "data:text/javascript,export class DurableObject {} export class WorkerEntrypoint {}";

/**
 * The client adapter, outside of the runtime: so the producer and the stragglers outlive the kills. A call of which no
 * answer arrives throws, whatever became of it.
 */
export async function openRemote(url: () => string): Promise<DurableObjects> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "cloudflare:workers" ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
  });
  const { durableObjects } = await import("@longshore/durable-objects");
  return durableObjects(namespaceAt(url), { lease: LEASE_MS });
}

function namespaceAt(url: () => string): JobsNamespace {
  return {
    getByName: (name) => ({
      async jobs(call: unknown): Promise<unknown> {
        const body = JSON.stringify({ name, call });
        const response = await fetch(url(), { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (response.ok) return response.json();
        throw new Error(`The runtime answered ${response.status}: ${await response.text()}`);
      },
    }),
  };
}
