import { type Duration, type Platform, systemPlatform } from "@longshore/core";
import { type Checks, aFunction, checkOptions, duration, integer, toMs, withMethods } from "@longshore/core/adapter";
import type { Authorize } from "./grants.ts";
import { reply } from "./reply.ts";

export type RateLimitOptions = {
  /** How many calls a caller may make at once, and in each `per`. */
  readonly calls: number;
  readonly per: Duration;
  /**
   * Who calls, as a text: a user, an address. Default: the `authorization` header, so that each token is a caller, and
   * all that have none are one.
   */
  readonly caller?: ((request: Request) => string) | undefined;
  /** How many callers are remembered; whoever has not called for longest is forgotten. Default: 10 000. */
  readonly maxCallers?: number | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "monotonic"> | undefined;
};

const CHECKS: Checks<RateLimitOptions> = {
  calls: integer(1),
  per: duration(1),
  caller: aFunction,
  maxCallers: integer(1),
  platform: withMethods("monotonic"),
};

/** The calls that are left to a caller, and when they were counted. */
type Bucket = { readonly left: number; readonly at: number };

/**
 * An `authorize` for `serve` that refuses a caller's calls over a rate, with the status 429 and `retry-after`. Strangers
 * are not counted: they are refused as such. Counts in this process, so each of several has a limit of its own. A stream
 * of wake-ups is a call every 25 s. Fails with `invalid_option` or `invalid_duration`.
 *
 * ```ts
 * const authorize = rateLimit(bearerTokens(tokens), { calls: 100, per: "10s" });
 * ```
 */
export function rateLimit(authorize: Authorize, options: RateLimitOptions): Authorize {
  aFunction(authorize, "authorize of rateLimit");
  checkOptions("rateLimit", options, CHECKS);
  const { calls, per, maxCallers = 10_000, platform = systemPlatform } = options;
  const { caller = bearerEnd } = options;
  integer(1)(calls, "calls of rateLimit"); // an omitted option is not checked above
  const perMs = toMs(per, "per of rateLimit");
  const perCallMs = perMs / calls;
  /** Those who called last are last. */
  const buckets = new Map<string, Bucket>();

  /** How long until the caller may call again; 0 if now, and that is counted. */
  const waitMs = (who: string): number => {
    const now = platform.monotonic();
    const { left, at } = buckets.get(who) ?? { left: calls, at: now };
    const full = Math.min(calls, left + (now - at) / perCallMs);
    buckets.delete(who);
    buckets.set(who, { left: full < 1 ? full : full - 1, at: now });
    const [oldest = ""] = buckets.keys();
    if (buckets.size > maxCallers) buckets.delete(oldest);
    return full < 1 ? (1 - full) * perCallMs : 0;
  };

  return async (request) => {
    const told = await authorize(request);
    if (!Array.isArray(told)) return told;
    const seconds = Math.ceil(waitMs(caller(request)) / 1_000);
    if (seconds === 0) return told;
    const message = `The caller's limit is ${calls} in ${perMs} ms; wait ${seconds} s.`;
    const response = reply(429, { error: { code: "too_many_calls", message } });
    response.headers.set("retry-after", String(seconds));
    return response;
  };
}

/** The end of a token tells it from all others: it is random, or a signature. A whole one may be long. */
function bearerEnd({ headers }: Request): string {
  return (headers.get("authorization") ?? "").slice(-100);
}
