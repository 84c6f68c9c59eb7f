import { nonRetryable, retryAfter } from "@longshore/core";

export type Outbound = {
  /** Whom a failure names: never the URL, which may hold a token. */
  readonly who: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
};

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Sends a POST for a job's handler. Returns if it was taken, throws what the queue should do about it if not. */
export async function send({ who, url, headers, body, signal }: Outbound, fetch: Fetch): Promise<void> {
  let response: Response;
  try {
    // A redirect could lead anywhere, to a private address as well.
    response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const kind = error instanceof Error ? error.name : typeof error;
    throw new Error(`${who} could not be reached (${kind}).`, { cause: error });
  }
  // Nobody reads it; unread, it would hold one of the six connections that a Worker has.
  await response.body?.cancel().catch(() => {});
  const refused = refusal(who, response.status, response.headers.get("retry-after"), Date.now());
  if (refused !== undefined) throw refused;
}

const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 3_600_000;

/**
 * What a status means: taken (undefined), never again, again when the answer says, or again by the job's policy.
 * Redirects, 408, 425, 429, what is 5xx: again. Any other 4xx will be the same next time.
 */
export function refusal(who: string, status: number, retryHeader: string | null, now: number): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const what = `${who} answered ${status}.`;
  if (status === 429 || status === 503) {
    const waitMs = retryAfterMs(retryHeader, now);
    if (waitMs !== undefined) return retryAfter(waitMs, what);
  }
  const again = status < 400 || status >= 500 || status === 408 || status === 425 || status === 429;
  return again ? new Error(what) : nonRetryable(what);
}

/** `Retry-After` in seconds or as an HTTP date, kept between a second and an hour; undefined if it says nothing. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  // Left to itself, Date.parse takes anything with a number in it.
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : text.endsWith(" GMT") ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, ms));
}
