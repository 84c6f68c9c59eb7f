import { type Logger, type LongshoreError, codeOf } from "@longshore/core";
import { logTo } from "@longshore/core/adapter";
import type { Refusal } from "./api.ts";

/** No script but the page's own file, no markup from text, and no other site around it or behind it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const SAFE: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const STATUS: Readonly<Record<string, number>> = {
  forbidden: 403,
  invalid_request: 400,
  batch_too_large: 413,
};

export function respond(body: string, type: string, more: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { headers: { ...SAFE, "content-type": type, "cache-control": "no-store", ...more } });
}

export function json(value: unknown, more: Readonly<Record<string, string>> = {}, status = 200): Response {
  const headers = { ...SAFE, "content-type": "application/json", "cache-control": "no-store", ...more };
  return new Response(JSON.stringify(value), { status, headers });
}

export function notFound(): Response {
  return refusal("invalid_request", "There is nothing at this address.", 404);
}

export function unauthorized(): Response {
  return refusal("unauthorized", "You are not signed in, or may not look at this page.", 401);
}

/** What a viewer is told of a failure: a refusal as it is, and of anything else a reference to the entry in the log. */
export function failed(error: unknown, log: Logger, newId: () => string): Response {
  const code = codeOf(error);
  // The cause of the second is the adapter's own error, which is for the log.
  if (code === undefined || code === "backend_failed") return broken(error, log, newId);
  return refusal(code, (error as LongshoreError).message, STATUS[code] ?? 422); // it has its code
}

/** What only the log is told, with a reference to its entry for the caller. */
export function broken(error: unknown, log: Logger, newId: () => string): Response {
  const reference = newId();
  logTo(log, "error", "the dashboard failed", { reference, error });
  const message = `The server failed; its log has the reason, with the reference ${reference}.`;
  return refusal("internal", message, 500);
}

function refusal(code: string, message: string, status: number): Response {
  const body: Refusal = { error: { code, message } };
  return json(body, {}, status);
}
