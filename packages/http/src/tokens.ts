import { type Duration, type Platform, systemPlatform } from "@longshore/core";
import { type Checks, anObject, checkOptions, duration, listOf, toMs, withMethods } from "@longshore/core/adapter";
import { type Purpose, type Secrets, aSecret, anAudience, signed, someSecrets, verifier } from "./jwt.ts";
import { bearerOf } from "./server/bearer.ts";
import type { Authorize, Grant } from "./server/grants.ts";

export type TokenOptions = {
  /** At least 32 characters that cannot be guessed. It stays on the server. */
  readonly secret: string;
  /** Whom the token is for: a tenant, a service, a stage. Default: `"longshore"`. */
  readonly audience?: string | undefined;
  /** How long the token holds. It cannot be called back, so minutes are better than days. */
  readonly expiresIn: Duration;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "now"> | undefined;
};

export type SignedGrantsOptions = Omit<TokenOptions, "secret" | "expiresIn"> & {
  /** Several while one replaces another. */
  readonly secret: Secrets;
};

const CHECKS: Checks<TokenOptions> = {
  secret: aSecret,
  audience: anAudience,
  expiresIn: duration(1_000),
  platform: withMethods("now"),
};
const VERIFY_CHECKS: Checks<SignedGrantsOptions> = {
  secret: someSecrets,
  audience: anAudience,
  platform: withMethods("now"),
};

const purpose = (audience = "longshore"): Purpose => ({ type: "longshore-grants+jwt", audience });

/**
 * A token that carries grants until it expires, for a page or a worker that logs in elsewhere: a JWT, signed with
 * HMAC-SHA-256. Whoever has it can read the grants in it. Fails with `invalid_option` and `invalid_duration`.
 *
 * ```ts
 * const token = await signGrants([{ verbs: ["enqueue"], queues: ["uploads"], names: ["resize"] }], { secret, expiresIn: "15m" });
 * ```
 */
export async function signGrants(grants: readonly Grant[], options: TokenOptions): Promise<string> {
  listOf(anObject)(grants, "grants of signGrants");
  checkOptions("signGrants", options, CHECKS);
  aSecret(options.secret, "secret of signGrants");
  const { secret, audience, expiresIn, platform = systemPlatform } = options;
  return signed({ grants }, secret, purpose(audience), platform.now() + toMs(expiresIn, "expiresIn"));
}

/** The `authorize` of `serve` for callers whose bearer token `signGrants` made. Fails with `invalid_option`. */
export function signedGrants(options: SignedGrantsOptions): Authorize {
  checkOptions("signedGrants", options, VERIFY_CHECKS);
  const { secret, audience, platform = systemPlatform } = options;
  const verify = verifier(secret, purpose(audience), () => platform.now(), "signedGrants");
  return async (request) => {
    const token = bearerOf(request);
    // `serve` takes nothing else than a list.
    return token === undefined ? undefined : ((await verify(token))?.["grants"] as readonly Grant[] | undefined);
  };
}
