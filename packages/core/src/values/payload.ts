import type { Traits } from "../contract/contract.ts";
import { LongshoreError, refuse } from "./errors.ts";
import { pathOf } from "./issues.ts";
import { findNonJson } from "./plain-json.ts";
import type { Issue } from "./schema.ts";

/**
 * A value as JSON. Fails with `invalid_payload` if JSON would change it, with `payload_too_large` over the backend's
 * limit.
 */
export function encode(value: unknown, what: string, { maxPayloadBytes }: Traits): string {
  const issue = findNonJson(value);
  if (issue !== undefined) throw notPlain(what, issue);
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    throw notPlain(what, { message: "more than a text can hold, or what reads differently each time" });
  }
  // UTF-8 takes at most three bytes per UTF-16 unit, so most payloads need no counting.
  if (text.length * 3 > maxPayloadBytes) {
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > maxPayloadBytes) refuse("payload_too_large", what, `at most ${maxPayloadBytes} bytes`, bytes);
  }
  return text;
}

function notPlain(what: string, issue: Issue): LongshoreError {
  const found = `${pathOf(issue) ? `at ${pathOf(issue)}: ` : ""}${issue.message}`;
  return new LongshoreError("invalid_payload", `The ${what} must be plain JSON; ${found}.`, { issues: [issue] });
}

/** The value of a stored text; undefined if it is not JSON. */
export function decode(text: string | undefined): unknown {
  try {
    return JSON.parse(text as string); // throws for undefined, too
  } catch {
    // Written by something else, perhaps a newer version. It must not break a list of rows.
    return undefined;
  }
}
