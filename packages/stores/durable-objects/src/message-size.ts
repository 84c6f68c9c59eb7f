import type { ClaimedJob, StoredJob } from "@longshore/core/adapter";

/**
 * What one message may hold, in characters, but for one job more. An RPC message may have 32 MiB, of which a character
 * takes one byte or two, and a job is less than 2 000 000 characters.
 */
export const MOST_CHARACTERS = 8_000_000;

/** Names of fields and numbers. */
export const FIELDS_CHARACTERS = 300;

/** Of a job on its way. Its headers have less than 8 000 characters, and are not worth counting. */
export function messageCharacters({ payload }: ClaimedJob | StoredJob): number {
  return FIELDS_CHARACTERS + 8_000 + payload.length;
}
