import { type Check, listOf, mustBe, text } from "@longshore/core/adapter";
import { errors } from "jose";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";

/** One secret; or several while one replaces another. */
export type Secrets = string | readonly string[];

const isSecret = (value: unknown): boolean => typeof value === "string" && /^[^\0]{32,1000}$/.test(value);
/** Without what was given: it is a secret. */
export const aSecret: Check = (value, what, code) =>
  mustBe("at least 32 characters", () => isSecret(value))(typeof value, what, code);
export const someSecrets: Check = (value, what, code) =>
  (Array.isArray(value) ? listOf(aSecret) : aSecret)(value, what, code);
export const anAudience: Check = text("1 to 200 ASCII letters, digits or _.:@/+=~-", /^[\w.:@/+=~-]{1,200}$/);

/** What a token is and for whom, so that no other one under the same secret is taken for it. */
export type Purpose = { readonly type: string; readonly audience: string };

const ALGORITHM = "HS256";

/** A JWT with these claims. `expiresAt`: ms since the epoch. */
export function signed(
  claims: Readonly<Record<string, unknown>>,
  secret: string,
  { type, audience }: Purpose,
  expiresAt: number,
): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: ALGORITHM, typ: type })
    .setAudience(audience)
    .setExpirationTime(Math.ceil(expiresAt / 1_000))
    .sign(keyOf(secret));
}

/** Makes a reader of tokens: the claims of one that was signed with one of the secrets and holds now, or undefined. */
export function verifier(
  secret: Secrets,
  { type, audience }: Purpose,
  now: () => number,
  owner: string,
): (token: string) => Promise<Readonly<Record<string, unknown>> | undefined> {
  someSecrets(secret, `secret of ${owner}`);
  const keys = (typeof secret === "string" ? [secret] : secret).map(keyOf);
  if (keys.length === 0) aSecret(undefined, `secret of ${owner}`);
  return async (token) => {
    const currentDate = new Date(now());
    const expected = { algorithms: [ALGORITHM], typ: type, audience, requiredClaims: ["exp"], currentDate };
    for (const key of keys) {
      try {
        return (await jwtVerify(token, key, expected)).payload;
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
