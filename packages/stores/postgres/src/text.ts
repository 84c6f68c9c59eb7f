import { LongshoreError } from "@longshore/core";

/*
 * Text in Postgres cannot contain the character NUL, and JSON in a parameter cannot escape it, nor half of a surrogate
 * pair. The core's own payloads are JSON, in which both are escaped already, but an adapter stores any string.
 */

/** With the flag `u`, a whole pair is one character, and only a half is a surrogate. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
/** Begins a text that is kept as JSON. Text that begins with it itself is, too. */
const MARK = "\u0001";

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Any string as text that Postgres can store; nearly always the string itself. */
export function encodeText(text: string): string {
  return text.startsWith(MARK) || !isStorable(text) ? MARK + JSON.stringify(text) : text;
}

export function decodeText(stored: string): string {
  return stored.startsWith(MARK) ? JSON.parse(stored.slice(MARK.length)) : stored;
}

/** Refuses a name that Postgres cannot store, before anything is sent. Fails with `invalid_name`. */
export function checkStorable(text: string, what: string): void {
  if (isStorable(text)) return;
  throw new LongshoreError("invalid_name", `The ${what} must be text without NUL and without half a surrogate pair.`);
}

/** An id to look for. Fails with `invalid_id` if no row can have it. */
export function storable(id: string): string {
  if (isStorable(id)) return id;
  throw new LongshoreError("invalid_id", "An id must be text without NUL and without half a surrogate pair.");
}
