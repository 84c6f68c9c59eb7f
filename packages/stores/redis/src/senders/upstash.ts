import { type Checks, aFunction, anObject, checkOptions, nonEmptyText, text } from "@longshore/core/adapter";
import type { Send } from "../script.ts";

export type UpstashOptions = {
  /** The address of the database's REST API, over https. */
  readonly url: string;
  /** Its token; a read-only one cannot run scripts that write. */
  readonly token: string;
  /** Default: the global `fetch`. */
  readonly fetch?: ((url: string, init: UpstashRequest) => PromiseLike<UpstashResponse>) | undefined;
};

const CHECKS: Checks<UpstashOptions> = {
  url: text("an address that begins with https:// (or http://)", /^https?:\/\/\S+$/),
  token: nonEmptyText,
  fetch: aFunction,
};

type UpstashRequest = {
  readonly method: "POST";
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
};
type UpstashResponse = { readonly status: number; text(): PromiseLike<string> };

/** Nobody else ends a request that is never answered. */
const TIMEOUT_MS = 30_000;

/**
 * Sends each command as a request to the REST API of Upstash, or to a server that offers the same, for `redis`. For
 * runtimes without TCP; there is nothing to connect or close. It cannot subscribe: workers find the jobs of other
 * processes when they poll. Fails with `invalid_option`. A call fails with an `Error` that has the server's message, or
 * the status.
 *
 * ```ts
 * const jobs = redis({ ...upstash({ url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN }) });
 * ```
 */
export function upstash(options: UpstashOptions): { readonly send: Send } {
  anObject(options, "options of upstash");
  const { url, token, fetch = globalThis.fetch } = options;
  // Both are required, and an empty variable of the environment is none.
  checkOptions("upstash", { ...options, url: url ?? "", token: token ?? "" }, CHECKS);
  return {
    async send(command) {
      const response = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(command),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const { result, error } = answerOf(await response.text());
      if (error !== undefined) throw new Error(String(error));
      if (result !== undefined) return result;
      throw new Error(
        `The REST API of Redis answered ${response.status} and no result: look at its address and token.`,
      );
    },
  };
}

function answerOf(text: string): { readonly result?: unknown; readonly error?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // a proxy's page
  }
}
