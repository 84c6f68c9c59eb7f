import { type ErrorCode, LongshoreError, type Platform } from "@longshore/core";
import { VERSION_HEADER, WIRE_VERSION, type Reply } from "../wire.ts";

/** The fetch of the runtime, or one of your own: with a proxy, with a service binding. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type HeadersSource =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

export type Server = {
  readonly url: string;
  readonly fetch: Fetch;
  readonly headers: HeadersSource;
  readonly deadlineMs: number;
  readonly platform: Platform;
};

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** A server that hangs must not use up the time of those beside it. */
const TRIES_WITHIN_DEADLINE = 3;
/** Answers of a proxy or a server that is not well, or does not want more now: request timeout, too early, too many. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const CODE = /^[a-z_]{1,40}$/;

type Attempt =
  | { readonly type: "answer"; readonly value: unknown }
  | { readonly type: "refused"; readonly error: LongshoreError }
  | { readonly type: "failed"; readonly error: Error; readonly waitMs: number };

/**
 * Posts the arguments of a verb, or gets what has none. A call that may be repeated is tried again until the deadline,
 * unless the server refused it. Fails with the server's `LongshoreError`; any other error means that it is unknown
 * whether the call took effect.
 */
export async function call(
  server: Server,
  verb: string,
  input: readonly unknown[] | undefined,
  repeatable: boolean,
): Promise<unknown> {
  const { platform, deadlineMs } = server;
  const body = input && JSON.stringify(input);
  const endsAt = platform.monotonic() + deadlineMs;
  for (let tries = 1; ; tries++) {
    const left = endsAt - platform.monotonic();
    const attempt = await once(
      server,
      verb,
      body,
      repeatable ? Math.min(left, deadlineMs / TRIES_WITHIN_DEADLINE) : left,
    );
    if (attempt.type === "answer") return attempt.value;
    if (attempt.type === "refused") throw attempt.error;
    const backoff = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS) * (0.5 + platform.random() / 2);
    const wait = Math.max(backoff, attempt.waitMs);
    if (!repeatable || platform.monotonic() + wait >= endsAt) throw attempt.error;
    await new Promise<void>((resolve) => void platform.timer(wait, resolve));
  }
}

async function once(server: Server, verb: string, body: string | undefined, limitMs: number): Promise<Attempt> {
  const giveUp = new AbortController();
  const stop = server.platform.timer(limitMs, () => giveUp.abort());
  try {
    const { signal } = giveUp;
    const own = await requestHeaders(server);
    const init =
      body === undefined
        ? { headers: own, signal }
        : { method: "POST", body, headers: { ...own, "content-type": "application/json" }, signal };
    const response = await server.fetch(`${server.url}/${verb}`, init);
    return read(verb, response, await response.text());
  } catch (cause) {
    const reason = giveUp.signal.aborted ? `no answer within ${Math.round(limitMs)} ms` : "no connection, or it broke";
    return failed(verb, reason, cause);
  } finally {
    stop();
  }
}

function read(verb: string, response: Response, text: string): Attempt {
  const reply = parse(text);
  if (response.ok && reply !== undefined && "value" in reply) return { type: "answer", value: reply.value };
  const { status } = response;
  const answered = `it answered with the status ${status}`;
  // 200 without a reply of ours is a proxy, or the sign-in page of a network.
  if (response.ok || status >= 500 || PASSING.has(status)) {
    return failed(verb, answered, undefined, Number(response.headers.get("retry-after")) * 1_000 || 0);
  }
  return { type: "refused", error: refusalOf(verb, status, reply) };
}

function refusalOf(verb: string, status: number, reply: Reply | undefined): LongshoreError {
  const { code, message } = Object(reply !== undefined && "error" in reply ? reply.error : undefined) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  if (typeof code === "string" && CODE.test(code) && typeof message === "string") {
    return new LongshoreError(code as ErrorCode, message.slice(0, 2_000)); // a newer server may have others
  }
  const known: ErrorCode = status === 401 ? "unauthorized" : status === 403 ? "forbidden" : "invalid_request";
  return new LongshoreError(known, `The server refused ${verb} with the status ${status}, and did not say why.`);
}

function failed(verb: string, reason: string, cause: unknown, waitMs = 0): Attempt {
  return { type: "failed", error: new Error(`The server did not do ${verb}: ${reason}.`, { cause }), waitMs };
}

function parse(text: string): Reply | undefined {
  try {
    const reply: unknown = JSON.parse(text);
    return typeof reply === "object" && reply !== null ? (reply as Reply) : undefined; // its parts are checked
  } catch {
    return undefined;
  }
}

/** The user's headers, asked for anew, because a token may be new; and the version of what is sent. */
export async function requestHeaders({ headers }: Pick<Server, "headers">): Promise<Record<string, string>> {
  return { ...(typeof headers === "function" ? await headers() : headers), [VERSION_HEADER]: String(WIRE_VERSION) };
}
