import { type Checks, anObject, checkOptions, listOf, text } from "@longshore/core/adapter";
import type { Authorize, Grant } from "./grants.ts";

export type BearerToken = {
  /** At least 16 characters that cannot be guessed, such as `openssl rand -base64 24` prints. */
  readonly token: string;
  readonly grants: readonly Grant[];
};

const CHECKS: Checks<BearerToken> = {
  token: text("16 to 1000 visible ASCII characters", /^[\x21-\x7e]{16,1000}$/),
  grants: listOf(anObject),
};

/**
 * Callers by their `authorization: Bearer <token>`. Compares digests, and always all of them, so that the time tells
 * nothing. Fails with `invalid_option` for a token that is too short.
 *
 * ```ts
 * const authorize = bearerTokens([{ token: env.WORKER_TOKEN, grants: [{ verbs: workerVerbs, queues: ["gpu"], names: "all", payloads: true }] }]);
 * ```
 */
export function bearerTokens(tokens: readonly BearerToken[]): Authorize {
  listOf(anObject)(tokens, "tokens of bearerTokens");
  // The message must not quote a token.
  for (const { token, grants } of tokens) checkOptions("bearerTokens", { token: masked(token), grants }, CHECKS);
  // Made at the first request: a Worker cannot wait for a promise while it loads.
  let known: Promise<readonly Uint8Array[]> | undefined;
  return async (request) => {
    const token = bearerOf(request);
    if (token === undefined) return undefined;
    known ??= Promise.all(tokens.map((one) => digest(one.token)));
    const asked = await digest(token);
    let found: readonly Grant[] | undefined;
    for (const [i, one] of (await known).entries()) if (isEqual(one, asked)) found = tokens[i]?.grants;
    return found;
  };
}

/** The token of a request; undefined if it has none. */
export function bearerOf(request: Request): string | undefined {
  return /^bearer ([\x21-\x7e]{1,8000})$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}

function masked(token: unknown): unknown {
  return typeof token === "string" ? token.replaceAll(/[\x21-\x7e]/g, "*") : token;
}

async function digest(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0;
  one.forEach((byte, i) => (difference |= byte ^ (other[i] ?? 0)));
  return difference === 0;
}
