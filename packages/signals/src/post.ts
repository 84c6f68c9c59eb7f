import { LongshoreError, type Platform, nonRetryable, retryAfter, systemPlatform } from "@longshore/core";
import { type Check, type Checks, aFunction, anObject, checkOptions, having, isError } from "@longshore/core/adapter";
import { someText } from "./signature.ts";

/** The runtime's `fetch`, as far as it is called. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type PostRequest = {
  /** Whom a failure names: never the URL, which may hold a token. */
  readonly who: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** For an answer that says when; for tests. */
  readonly platform?: Pick<Platform, "now"> | undefined;
};

/** Fails with `invalid_option`. Never shows what came: a webhook's address often is its secret. */
export function webhookUrl(url: unknown): string {
  try {
    if (typeof url !== "string") throw new TypeError("no text");
    const { protocol, username, password, href } = new URL(url);
    if (/^https?:$/.test(protocol) && username === "" && password === "") return href;
  } catch {
    // As below.
  }
  throw new LongshoreError("invalid_option", "The webhook's url must be http or https, without a user in it.");
}

const aUrl: Check = (value) => void webhookUrl(value);
const CHECKS: Checks<PostRequest> = {
  who: someText,
  url: aUrl,
  headers: anObject,
  body: someText,
  signal: having("addEventListener"),
  platform: having("now"),
};
const NEEDED = ["who", "url", "headers", "body", "signal"] as const;

/**
 * Sends a POST for a job's handler. Returns if it was taken (2xx), throws what the queue should do about it if not: never
 * again at a 4xx that will be the same next time, later where a 429 or a 503 says when (`Retry-After`, kept between a
 * second and an hour), else as the job's policy says. Redirects are not followed, the answer is not read, and no failure
 * names the address. Fails with `invalid_option` for what cannot be sent.
 */
export async function post(
  request: PostRequest,
  fetch: Fetch = (to, init) => globalThis.fetch(to, init),
): Promise<void> {
  checkOptions("post", request ?? {}, CHECKS);
  for (const name of NEEDED) CHECKS[name](request?.[name], `${name} of post`);
  aFunction(fetch, "fetch of post");
  const { who, url, headers, body, signal, platform = systemPlatform } = request;
  // A redirect could lead anywhere, to a private address as well.
  const init: RequestInit = { method: "POST", headers, body, signal, redirect: "manual" };
  const response = await fetch(url, init).catch((error: unknown): never => {
    if (signal.aborted) throw signal.reason;
    // Without its cause: runtimes put the address into their messages.
    throw new Error(`${who} could not be reached (${isError(error) ? error.name : typeof error}).`);
  });
  // Nobody reads it; unread, it would hold one of the six connections that a Worker has.
  await response.body?.cancel().catch(() => {});
  const refused = refusal(who, response.status, response.headers.get("retry-after"), platform.now());
  if (refused !== undefined) throw refused;
}

const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 3_600_000;
const PASSING = [408, 425, 429];

/** What a status means: taken (undefined), never again, again when the answer says, or again by the job's policy. */
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
  // Left to itself, Date.parse takes anything with a number in it.
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : text.endsWith(" GMT") ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, ms));
}
