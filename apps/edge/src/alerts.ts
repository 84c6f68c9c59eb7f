import { type Handler, handle } from "@longshore/core";
import {
  type Fetch,
  type AlertStore,
  alertJob,
  consoleSink,
  defaultRules,
  evaluate,
  webhookSink,
} from "@longshore/signals";
import { destination } from "./destination.ts";
import { type Settings, configured } from "./settings.ts";

/** Checks the rules once, and lets the store deliver the alerts; for the five-minute sweep. */
export async function evaluateRules(store: AlertStore): Promise<void> {
  await evaluate(store, { rules: defaultRules });
}

/** Delivers alerts: to the configured webhook, or else to the log. */
export function alertHandler(settings: Settings, fetch: Fetch): Handler {
  return handle(alertJob, (alert, context) => {
    const url = configured(settings.ALERT_WEBHOOK_URL);
    const secret = configured(settings.ALERT_WEBHOOK_SECRET);
    if (url === undefined || secret === undefined) return consoleSink()(alert, context);
    const to = destination("ALERT_WEBHOOK_URL", url, { loopback: settings.DEV_LOOPBACK === "allow" });
    return webhookSink({ url: to.href, secret, fetch })(alert, context);
  });
}
