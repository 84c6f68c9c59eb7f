import type { Traits } from "../contract/contract.ts";
import { LongshoreError, refuse } from "./errors.ts";
import { checkInteger, checkName, checkText } from "./limits.ts";
import { where } from "./issues.ts";
import { anObject } from "./options.ts";
import { unplain } from "./plain-json.ts";
import type { Issue } from "./schema.ts";

/** Business ids and the like, for logs and operators. */
export type Metadata = Readonly<Record<string, string>>;

export type Headers = Readonly<Record<string, string>>;

/** The version of what we store and send. A worker that meets a newer one leaves the job to a newer worker. */
const FORMAT: Headers = { v: "1" };
const METADATA_PREFIX = "m.";
const METADATA_TEXT = /^.{0,256}$/s;
const MAX_METADATA = 16;

/** What all jobs of a definition carry: the format, and the version of the schema where there is one. */
export function stamp(version: string | undefined): Headers {
  return version === undefined ? FORMAT : { ...FORMAT, s: version };
}

/** Fails with `invalid_option` on metadata that is too much, or no metadata. Reserved names are skipped. */
export function encodeHeaders(stamped: Headers, metadata: Metadata | undefined): Headers {
  if (metadata === undefined) return stamped;
  anObject(metadata, "metadata");
  const headers: Record<string, string> = { ...stamped };
  // Whoever hands a job's metadata on leaves behind what the library said of that job.
  const entries = Object.entries(metadata).filter(([key]) => !key.startsWith("$"));
  checkInteger(entries.length, 0, MAX_METADATA, "metadata's size");
  for (const [key, text] of entries) {
    checkName(key, "metadata name", "invalid_option");
    checkText(text, METADATA_TEXT, `metadata ${key}`, "invalid_option");
    headers[METADATA_PREFIX + key] = text;
  }
  return headers;
}

/** Adds metadata of the library's own, whose names no user can give: it never counts against a user's limits. */
export function withReserved(headers: Headers, metadata: Metadata): Headers {
  const added = Object.entries(metadata).map(([key, text]) => [METADATA_PREFIX + key, text] as const);
  return { ...headers, ...Object.fromEntries(added) };
}

export function metadataOf(headers: Headers): Metadata {
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(headers)) {
    if (key.startsWith(METADATA_PREFIX)) metadata[key.slice(METADATA_PREFIX.length)] = text;
  }
  return metadata;
}

/** False for a job that a newer version of this library wrote. */
export function isReadable(headers: Headers): boolean {
  return headers["v"] === FORMAT["v"];
}

/**
 * JSON that reads as it was. Fails with `invalid_payload` on what JSON would change, `payload_too_large` on what the
 * backend cannot hold.
 */
export function encode(value: unknown, what: string, { maxPayloadBytes }: Traits): string {
  const odd = unplain(value);
  if (odd !== undefined) throw notPlain(what, odd);
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    throw notPlain(what, { message: "more than a text can hold, or what reads differently each time" });
  }
  // UTF-8 takes at most three bytes per UTF-16 unit: most payloads need no counting.
  if (text.length * 3 > maxPayloadBytes) {
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > maxPayloadBytes) refuse("payload_too_large", what, `at most ${maxPayloadBytes} bytes`, bytes);
  }
  return text;
}

function notPlain(what: string, odd: Issue): LongshoreError {
  const found = `${where(odd) ? `at ${where(odd)}: ` : ""}${odd.message}`;
  return new LongshoreError("invalid_payload", `The ${what} must be plain JSON; ${found}.`, { issues: [odd] });
}

/** What a stored text says; undefined for what is no JSON. */
export function decode(text: string | undefined): unknown {
  try {
    return JSON.parse(text as string); // throws at undefined, too
  } catch {
    // Somebody else wrote it, perhaps a newer version: it must not hide the rows beside it.
    return undefined;
  }
}
