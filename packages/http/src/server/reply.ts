import { type Logger, type LongshoreError, type Platform, codeOf } from "@longshore/core";
import { logTo } from "@longshore/core/adapter";
import type { Reply } from "../wire.ts";

const STATUS: Readonly<Record<string, number>> = {
  unauthorized: 401,
  forbidden: 403,
  invalid_request: 400,
  unsupported_version: 400,
  batch_too_large: 413,
  payload_too_large: 413,
};

export function reply(status: number, body: Reply): Response {
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** What a caller is told of failures: refusals as they are, and of anything else a reference to the entry in the log. */
export function failures(
  log: Logger,
  platform: Pick<Platform, "id">,
  what: string,
): { logged(error: unknown): string; failure(error: unknown): Response } {
  const logged = (error: unknown): string => {
    const reference = platform.id();
    logTo(log, "error", what, { reference, error });
    return `its log has the reason, with the reference ${reference}.`;
  };
  return {
    /** Says where the reason is. */
    logged,
    failure(error) {
      const code = codeOf(error);
      if (code === undefined) {
        return reply(500, { error: { code: "internal", message: `The server failed; ${logged(error)}` } });
      }
      const { message } = error as LongshoreError; // it has its code
      const response = reply(STATUS[code] ?? 422, { error: { code, message } });
      if (code === "unauthorized") response.headers.set("www-authenticate", "Bearer");
      return response;
    },
  };
}
