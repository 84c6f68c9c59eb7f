import { LongshoreError, type Platform, nonRetryable, retryAfter, systemPlatform } from "@longshore/core";
import {
  type Check,
  type Checks,
  aFunction,
  anObject,
  checkOptions,
  withMethods,
  isError,
} from "@longshore/core/adapter";
import { someText } from "./signature.ts";

/** The part of the runtime's `fetch` that is used here. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type PostRequest = {
  /** The name of the receiver in errors; never the URL, which may hold a token. */
  readonly who: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** The clock for `Retry-After` dates; for tests. */
  readonly platform?: Pick<Platform, "now"> | undefined;
};

/** Checks a URL. Fails with `invalid_option`, and never shows the value: a webhook's address is often its secret. */
export function webhookUrl(url: unknown): string {
  try {
    if (typeof url !== "string") throw new TypeError("no text");
    const { protocol, username, password, href } = new URL(url);
    if (/^https?:$/.test(protocol) && username === "" && password === "") return href;
  } catch {
    // The error below covers this.
  }
  throw new LongshoreError("invalid_option", "The webhook's url must be http or https, without a user in it.");
}

const aUrl: Check = (value) => void webhookUrl(value);
const CHECKS: Checks<PostRequest> = {
  who: someText,
  url: aUrl,
  headers: anObject,
  body: someText,
  signal: withMethods("addEventListener"),
  platform: withMethods("now"),
};
const NEEDED = ["who", "url", "headers", "body", "signal"] as const;

/**
 * Sends a POST for a job's handler. Returns if it was accepted (2xx). Otherwise throws what the queue should do: give
 * up after a 4xx that would repeat, retry later if a 429 or 503 says when (`Retry-After`, kept between a second and an
 * hour), else follow the job's policy. Follows no redirects, does not read the answer, and names the address in no
 * error. Fails with `invalid_option` for a request that cannot be sent.
 */
export async function post(
  request: PostRequest,
  fetch: Fetch = (to, init) => globalThis.fetch(to, init),
): Promise<void> {
  checkOptions("post", request ?? {}, CHECKS);
  for (const name of NEEDED) CHECKS[name](request?.[name], `${name} of post`);
  aFunction(fetch, "fetch of post");
  const { who, url, headers, body, signal, platform = systemPlatform } = request;
  // A redirect could lead anywhere, even to a private address.
  const init: RequestInit = { method: "POST", headers, body, signal, redirect: "manual" };
  const response = await fetch(url, init).catch((error: unknown): never => {
    if (signal.aborted) throw signal.reason;
    // Without its cause: runtimes put the address into their messages.
    throw new Error(`${who} could not be reached (${isError(error) ? error.name : typeof error}).`);
  });
  // An unread answer would hold one of a Worker's six connections.
  await response.body?.cancel().catch(() => {});
  const refused = refusal(who, response.status, response.headers.get("retry-after"), platform.now());
  if (refused !== undefined) throw refused;
}

const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 3_600_000;
const PASSING = [408, 425, 429];

/** Translates a status: accepted (undefined), give up, retry when the answer says, or retry by the job's policy. */
export function refusal(who: string, status: number, retryHeader: string | null, now: number): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const what = `${who} answered ${status}.`;
  if (status >= 400 && status < 500 && !PASSING.includes(status)) return nonRetryable(what);
  const waitMs = status === 429 || status === 503 ? retryAfterMs(retryHeader, now) : undefined;
  return waitMs === undefined ? new Error(what) : retryAfter(waitMs, what);
}

/** `Retry-After` in seconds or as an HTTP date, kept between a second and an hour; undefined if it says nothing. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  // Date.parse alone accepts anything with a number in it.
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : text.endsWith(" GMT") ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, ms));
}
