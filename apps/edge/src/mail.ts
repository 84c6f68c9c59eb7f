import { nonRetryable } from "@longshore/core";
import { type Fetch, post } from "@longshore/signals";
import { destination } from "./destination.ts";
import { type Settings, configured } from "./settings.ts";

export type Mail = {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same on every attempt, so that a mail API that knows `Idempotency-Key` sends one mail. */
  readonly key: string;
};

/** An HTTP mail API: a URL that takes JSON, a bearer token, and a sender. */
export function mailIsConfigured(settings: Settings): boolean {
  return apiOf(settings) !== undefined;
}

/** Sends one mail from within a job. If the API refuses it, throws what the queue should do. */
export async function sendMail(mail: Mail, signal: AbortSignal, settings: Settings, fetch: Fetch): Promise<void> {
  const api = apiOf(settings);
  if (api === undefined) {
    throw nonRetryable("MAIL_API_URL, MAIL_API_TOKEN or MAIL_FROM is not configured: set it, then replay this job.");
  }
  const { to, subject, text, key } = mail;
  await post(
    {
      who: "The mail API",
      url: destination("MAIL_API_URL", api.url, { loopback: settings.DEV_LOOPBACK === "allow" }).href,
      headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ from: api.from, to, subject, text }),
      signal,
    },
    fetch,
  );
}

function apiOf(
  settings: Settings,
): { readonly url: string; readonly token: string; readonly from: string } | undefined {
  const url = configured(settings.MAIL_API_URL);
  const token = configured(settings.MAIL_API_TOKEN);
  const from = configured(settings.MAIL_FROM);
  return url === undefined || token === undefined || from === undefined ? undefined : { url, token, from };
}
