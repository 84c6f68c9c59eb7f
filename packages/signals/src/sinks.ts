import { type JobContext, type Platform, systemPlatform } from "@longshore/core";
import { type Checks, aFunction, anything, checkOptions, having } from "@longshore/core/adapter";

import type { Alert } from "./alert.ts";
import { type Fetch, post, webhookUrl } from "./post.ts";
import { signedHeaders, signingKey } from "./signature.ts";

/** Where alerts go: a handler for `alertJob`. */
export type Sink = (alert: Alert, context: JobContext) => void | Promise<void>;

/** Writes alerts to the worker's log: firing as a warning or, if critical, as an error; resolved as information. */
export function consoleSink(): Sink {
  return (alert, { log }) => {
    const level = alert.state === "resolved" ? "info" : alert.severity === "critical" ? "error" : "warn";
    log[level](`${alert.rule} ${alert.state}`, alert);
  };
}

export type WebhookOptions = {
  /** Where to: http or https, without a user in it. */
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
  /** Default: the runtime's. */
  readonly fetch?: Fetch | undefined;
  /** The clock of the signature; for tests. */
  readonly platform?: Pick<Platform, "now"> | undefined;
};

// Neither address nor secret may be shown: each has a refusal of its own.
const CHECKS: Checks<WebhookOptions> = {
  url: anything,
  secret: anything,
  fetch: aFunction,
  platform: having("now"),
};

/**
 * Posts alerts as `{ type: "alert.firing", timestamp, data }`, signed as https://www.standardwebhooks.com says; the
 * `webhook-id` is the job's, the same on every attempt. A 4xx that will be the same next time goes to the dead letters,
 * all else is tried again as the job's policy or the answer's `Retry-After` says. Redirects are not followed, answers
 * not read. Fails with `invalid_option` when made with a URL or a secret that is none.
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
