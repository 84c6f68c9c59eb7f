import { LongshoreError } from "@longshore/core";

/*
 * SQLite's text functions end at the character NUL, and half of a surrogate pair does not survive UTF-8. The core's own
 * payloads are JSON, in which both are escaped already, but an adapter stores any string.
 */

/** With the flag `u`, a whole pair is one character, and only a half is a surrogate. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
/** Begins a text that is kept as JSON. Text that begins with it itself is, too. */
const MARK = "\u0001";

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Any string as text that SQLite can store; nearly always the string itself. */
export function encodeText(text: string): string {
  return text.startsWith(MARK) || !isStorable(text) ? MARK + JSON.stringify(text) : text;
}

export function decodeText(stored: string): string {
  return stored.startsWith(MARK) ? JSON.parse(stored.slice(MARK.length)) : stored;
}

/** An id that a row can have. Fails with `invalid_id`. */
export function storable(id: string): string {
  if (isStorable(id)) return id;
  throw new LongshoreError("invalid_id", "An id must be text without NUL and without half a surrogate pair.");
}
