import { type JobContext, type Platform, systemPlatform } from "@longshore/core";
import { type Checks, aFunction, anything, checkOptions, withMethods } from "@longshore/core/adapter";

import type { Alert } from "./alert.ts";
import { type Fetch, post, webhookUrl } from "./post.ts";
import { signedHeaders, signingKey } from "./signature.ts";

/** Delivers alerts: a handler for `alertJob`. */
export type Sink = (alert: Alert, context: JobContext) => void | Promise<void>;

/** Writes alerts to the worker's log: firing as a warning, or as an error if critical; resolved as information. */
export function consoleSink(): Sink {
  return (alert, { log }) => {
    const level = alert.state === "resolved" ? "info" : alert.severity === "critical" ? "error" : "warn";
    log[level](`${alert.rule} ${alert.state}`, alert);
  };
}

export type WebhookOptions = {
  /** The address: http or https, without a user name. */
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
  /** Default: the runtime's. */
  readonly fetch?: Fetch | undefined;
  /** The clock of the signature; for tests. */
  readonly platform?: Pick<Platform, "now"> | undefined;
};

// Each has its own check, because neither the address nor the secret may be shown.
const CHECKS: Checks<WebhookOptions> = {
  url: anything,
  secret: anything,
  fetch: aFunction,
  platform: withMethods("now"),
};

/**
 * Posts alerts as `{ type: "alert.firing", timestamp, data }`, signed as https://www.standardwebhooks.com says. The
 * `webhook-id` is the job's id, the same on every attempt. A 4xx that would repeat makes the job a dead letter; any
 * other failure is retried as the job's policy or the answer's `Retry-After` says. Follows no redirects and does not
 * read answers. Fails with `invalid_option` when made with an invalid URL or secret.
 *
 * ```ts
 * handle(alertJob, webhookSink({ url: "https://alerts.example.com/hook", secret: env.ALERT_SECRET }));
 * ```
 */
export function webhookSink(options: WebhookOptions): Sink {
  checkOptions("webhookSink", options ?? {}, CHECKS);
  const { url, secret, fetch, platform = systemPlatform }: Partial<WebhookOptions> = options ?? {};
  const to = webhookUrl(url);
  const key = signingKey(secret);
  return async (alert, { id, signal }) => {
    const timestamp = new Date(alert.at).toISOString();
    const body = JSON.stringify({ type: `alert.${alert.state}`, timestamp, data: alert });
    const signed = await signedHeaders(key, { id, timestamp: Math.floor(platform.now() / 1_000), body });
    const headers = { "content-type": "application/json", ...signed };
    await post({ who: "The webhook", url: to, headers, body, signal, platform }, fetch);
  };
}
