import { LongshoreError } from "./errors.ts";

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

/** JSON, as is. Fails with `invalid_payload` on what JSON cannot hold. */
export function encode(value: unknown, what: string): string {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (cause) {
    // A cycle, a bigint, a throwing toJSON, or nesting too deep for the stack.
    throw new LongshoreError("invalid_payload", `The ${what} cannot be written as JSON. Pass plain data only.`, {
      cause,
    });
  }
  throw new LongshoreError(
    "invalid_payload",
    `The ${what} must be a JSON value, but is ${typeof value}. Pass null where there is nothing to say.`,
  );
}
