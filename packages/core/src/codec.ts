import type { Traits } from "./contract.ts";
import { LongshoreError, check } from "./errors.ts";

/** The version of what we store and send. A worker that meets a newer one leaves the job to a newer worker. */
export const FORMAT = "1";

const FORMAT_HEADER = "v";
const METADATA_PREFIX = "m.";

export type Metadata = Readonly<Record<string, string>>;

const PLAIN_HEADERS: Readonly<Record<string, string>> = Object.freeze({ [FORMAT_HEADER]: FORMAT });
const NO_METADATA: Metadata = Object.freeze({});

export function encodeHeaders(metadata: Metadata | undefined): Readonly<Record<string, string>> {
  if (metadata === undefined) return PLAIN_HEADERS;
  const headers: Record<string, string> = { [FORMAT_HEADER]: FORMAT };
  for (const [key, value] of Object.entries(metadata)) headers[METADATA_PREFIX + key] = value;
  return headers;
}

export function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  if (headers === PLAIN_HEADERS) return NO_METADATA;
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

const encoder = new TextEncoder();

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
  if (text === undefined)
    throw new LongshoreError("invalid_payload", `The ${what} must be plain JSON data.`, { cause });
  // UTF-8 takes at most three bytes per UTF-16 unit: most payloads need no counting.
  const bytes = text.length * 3 <= maxPayloadBytes ? 0 : encoder.encode(text).length;
  const expected = `at most ${maxPayloadBytes} bytes (store the data elsewhere and pass its key)`;
  check(bytes <= maxPayloadBytes, "payload_too_large", `The ${what}`, expected, bytes);
  return text;
}
