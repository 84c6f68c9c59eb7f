import type { Traits } from "./contract.ts";
import { LongshoreError, refuse } from "./errors.ts";
import { isName } from "./limits.ts";

/** The version of what we store and send. A worker that meets a newer one leaves the job to a newer worker. */
export const FORMAT = "1";

const FORMAT_HEADER = "v";
const METADATA_PREFIX = "m.";
const MAX_ENTRIES = 16;
const MAX_LENGTH = 256;

export type Metadata = Readonly<Record<string, string>>;

const PLAIN_HEADERS: Readonly<Record<string, string>> = Object.freeze({ [FORMAT_HEADER]: FORMAT });

/** Fails with `invalid_option` on metadata that is too much, or no metadata. */
export function encodeHeaders(metadata: Metadata | undefined): Readonly<Record<string, string>> {
  if (metadata === undefined) return PLAIN_HEADERS;
  const entries = Object.entries(metadata);
  const fits = entries.every(([key, text]) => isName(key) && typeof text === "string" && text.length <= MAX_LENGTH);
  if (!fits || entries.length > MAX_ENTRIES) {
    const expected = `at most ${MAX_ENTRIES} texts of at most ${MAX_LENGTH} characters, named like jobs`;
    refuse("invalid_option", "Metadata", expected, metadata);
  }
  return { ...PLAIN_HEADERS, ...Object.fromEntries(entries.map(([key, text]) => [METADATA_PREFIX + key, text])) };
}

export function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(headers)) {
    if (key.startsWith(METADATA_PREFIX)) metadata[key.slice(METADATA_PREFIX.length)] = value;
  }
  return metadata;
}

/** False for a job that a newer version of this library wrote. */
export function isReadable(headers: Readonly<Record<string, string>>): boolean {
  return headers[FORMAT_HEADER] === FORMAT;
}

/** JSON, as is. Fails with `invalid_payload` on what JSON cannot hold, `payload_too_large` on what the backend cannot. */
export function encode(value: unknown, what: string, { maxPayloadBytes }: Traits): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    // A cycle, a bigint, a throwing toJSON, or nesting too deep for the stack.
    cause = error;
  }
  if (text === undefined) {
    throw new LongshoreError("invalid_payload", `The ${what} must be plain JSON data.`, { cause });
  }
  // UTF-8 takes at most three bytes per UTF-16 unit: most payloads need no counting.
  if (text.length * 3 > maxPayloadBytes) {
    const bytes = new TextEncoder().encode(text).length;
    const expected = `at most ${maxPayloadBytes} bytes (store the data elsewhere and pass its key)`;
    if (bytes > maxPayloadBytes) refuse("payload_too_large", `The ${what}`, expected, bytes);
  }
  return text;
}
