import { checkInteger, checkName, checkText } from "./limits.ts";
import { anObject } from "./options.ts";

/** Business ids and similar facts, for logs and operators. */
export type Metadata = Readonly<Record<string, string>>;

export type Headers = Readonly<Record<string, string>>;

/** The version of the stored format. A worker leaves a job of a newer version to a newer worker. */
const FORMAT: Headers = { v: "1" };
const METADATA_PREFIX = "m.";
const METADATA_TEXT = [/^.{0,256}$/s, "text of at most 256 characters"] as const;
const MAX_METADATA = 16;

/** The headers of all jobs of a definition: `v`, the format, and `s`, the version of its schema if it has one. */
export function definitionHeaders(version: string | undefined): Headers {
  return version === undefined ? FORMAT : { ...FORMAT, s: version };
}

/** Adds metadata, without reserved names. Fails with `invalid_option` if it is too large or not an object of texts. */
export function encodeHeaders(base: Headers, metadata: Metadata | undefined): Headers {
  if (metadata === undefined) return base;
  anObject(metadata, "metadata");
  const headers: Record<string, string> = { ...base };
  // Metadata may come from another job: the library's facts about that job do not belong to this one.
  const entries = Object.entries(metadata).filter(([key]) => !key.startsWith("$"));
  checkInteger(entries.length, 0, MAX_METADATA, "metadata's size");
  for (const [key, text] of entries) {
    checkName(key, "metadata name", "invalid_option");
    checkText(text, METADATA_TEXT, `metadata ${key}`, "invalid_option");
    headers[METADATA_PREFIX + key] = text;
  }
  return headers;
}

/** Headers of limits of one job alone, which may only lower its definition's: its attempts, its timeout in ms. */
type Limit = "a" | "t";

export function withLimit(headers: Headers, limit: Limit, own: number | undefined): Headers {
  return own === undefined ? headers : { ...headers, [limit]: `${own}` };
}

/** The job's own limit if that is lower than its definition's, which may have changed since the enqueue. */
export function limitOf(headers: Headers, limit: Limit, most: number): number {
  const own = Number((headers as Headers | null)?.[limit]); // NaN if it has none, or something else wrote the job
  return own >= 1 && own < most ? own : most;
}

/** Adds the library's own metadata, with reserved names. It does not count against the user's limits. */
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
