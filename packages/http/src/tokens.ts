import { type Duration, type Platform, systemPlatform } from "@longshore/core";
import {
  type Check,
  type Checks,
  anObject,
  checkOptions,
  duration,
  listOf,
  mustBe,
  text,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { errors } from "jose";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
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
  readonly secret: string | readonly string[];
};

const isSecret = (value: unknown): boolean => typeof value === "string" && /^[^\0]{32,1000}$/.test(value);
/** Without what was given: it is a secret. */
const aSecret: Check = (value, what, code) =>
  mustBe("at least 32 characters", () => isSecret(value))(typeof value, what, code);
const anAudience = text(/^[\w.:@/+=~-]{1,200}$/);
const CHECKS: Checks<TokenOptions> = {
  secret: aSecret,
  audience: anAudience,
  expiresIn: duration(1_000),
  platform: withMethods("now"),
};
const VERIFY_CHECKS: Checks<SignedGrantsOptions> = {
  secret: (value, what, code) => (Array.isArray(value) ? listOf(aSecret) : aSecret)(value, what, code),
  audience: anAudience,
  platform: withMethods("now"),
};

/** So that no other token that is signed with the same secret is taken for one of ours. */
const TYPE = "longshore-grants+jwt";
const ALGORITHM = "HS256";

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
  const { secret, audience = "longshore", expiresIn, platform = systemPlatform } = options;
  const expiry = Math.ceil((platform.now() + toMs(expiresIn, "expiresIn")) / 1_000);
  return new SignJWT({ grants })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setAudience(audience)
    .setExpirationTime(expiry)
    .sign(keyOf(secret));
}

/** The `authorize` of `serve` for callers whose bearer token `signGrants` made. Fails with `invalid_option`. */
export function signedGrants(options: SignedGrantsOptions): Authorize {
  checkOptions("signedGrants", options, VERIFY_CHECKS);
  const { secret, audience = "longshore", platform = systemPlatform } = options;
  const keys = (typeof secret === "string" ? [secret] : secret).map(keyOf);
  if (keys.length === 0) aSecret(undefined, "secret of signedGrants");
  return async (request) => {
    const token = bearerOf(request);
    if (token === undefined) return undefined;
    const expected = {
      algorithms: [ALGORITHM],
      typ: TYPE,
      audience,
      requiredClaims: ["exp"],
      currentDate: new Date(platform.now()),
    };
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify<{ grants: readonly Grant[] }>(token, key, expected);
        return payload.grants; // `serve` takes nothing else than a list
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
    return undefined;
  };
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
