import { type Handler, exponential } from "@longshore/core";
import { alertHandler, evaluateRules } from "./alerts.ts";
import { deliveryHandler } from "./deliveries.ts";
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
  /** Looks after every shard once, whether it was woken or not. */
  readonly sweep: () => Promise<void>;
  /** For tests. */
  readonly fetch?: Fetch;
};

/** Every job that the app runs, with its handler. */
export function handlers({
  settings,
  services,
  sweep,
  fetch = (url, init) => globalThis.fetch(url, init),
}: HandlerOptions): Handler[] {
  const { records, store } = services;
  const sweepAndEvaluate = async (): Promise<void> => {
    const ends = await Promise.allSettled([sweep(), evaluateRules(store)]);
    // A shard that is away keeps nobody from being told of what the others have.
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  };
  return [
    deliveryHandler(settings, records),
    relayHandler(settings, fetch),
    welcomeHandler(settings, fetch),
    ...reportHandlers(settings, services, fetch),
    ...upkeepHandlers(records, sweepAndEvaluate),
    alertHandler(settings, fetch),
  ].map((binding) => withDevelopmentTimes(binding, settings));
}

/** In development one does not want to wait for half an hour to see a job die. */
function withDevelopmentTimes({ definition, run }: Handler, { DEV_FIRST_RETRY_MS, DEV_TIMEOUT_MS }: Settings): Handler {
  const first = Number(DEV_FIRST_RETRY_MS);
  const retry = first > 0 ? exponential({ first, factor: 2 }) : definition.retry;
  const timeoutMs = Math.min(definition.timeoutMs, Number(DEV_TIMEOUT_MS) || Infinity);
  return { definition: { ...definition, retry, timeoutMs }, run };
}
