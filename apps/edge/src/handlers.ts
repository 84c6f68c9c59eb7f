import { type Handler, exponential } from "@longshore/core";
import { alertHandler, evaluateRules } from "./alerts.ts";
import { deliveryHandler } from "./deliveries.ts";
import { digestHandlers } from "./digests.ts";
import { fieldHandlers } from "./field/handlers.ts";
import type { Fetch } from "@longshore/signals";
import { relayHandler } from "./relay.ts";
import { reportHandlers } from "./reports.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";
import { upkeepHandlers } from "./upkeep.ts";
import { welcomeHandler } from "./welcome.ts";

/** What handlers work with. */
export type HandlerOptions = {
  readonly settings: Settings;
  readonly services: Services;
  /** Checks every shard once, even one that nobody woke. */
  readonly sweep: () => Promise<void>;
  /** For tests. */
  readonly fetch?: Fetch;
};

/** Every job of the app, with its handler. */
export function handlers({
  settings,
  services,
  sweep,
  fetch = (url, init) => globalThis.fetch(url, init),
}: HandlerOptions): Handler[] {
  const { records, store } = services;
  const sweepAndEvaluate = async (): Promise<void> => {
    const ends = await Promise.allSettled([sweep(), evaluateRules(store)]);
    // An unavailable shard must not stop alerts about the others.
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  };
  return [
    deliveryHandler(settings, records),
    relayHandler(settings, fetch),
    welcomeHandler(settings, fetch),
    ...reportHandlers(settings, services, fetch),
    ...digestHandlers(settings, services, fetch),
    ...upkeepHandlers(records, sweepAndEvaluate),
    ...fieldHandlers(records),
    alertHandler(settings, fetch),
  ].map((binding) => withDevelopmentTimes(binding, settings));
}

/** In development nobody wants to wait half an hour for a job to die. */
function withDevelopmentTimes({ definition, run }: Handler, { DEV_FIRST_RETRY_MS, DEV_TIMEOUT_MS }: Settings): Handler {
  const first = Number(DEV_FIRST_RETRY_MS);
  const retry = first > 0 ? exponential({ first, factor: 2 }) : definition.retry;
  const timeoutMs = Math.min(definition.timeoutMs, Number(DEV_TIMEOUT_MS) || Infinity);
  return { definition: { ...definition, retry, timeoutMs }, run };
}
