import type { ClaimedJob, StoredJob } from "@longshore/core/adapter";

/**
 * How many characters one message may have before its last job. An RPC message may have 32 MiB, a character takes one
 * or two bytes of it, and a job has less than 2 000 000 characters.
 */
export const MOST_CHARACTERS = 8_000_000;

/** For field names and numbers. */
export const FIELDS_CHARACTERS = 300;

/** The characters of a job in a message. Its headers have less than 8 000 and are not counted. */
export function messageCharacters({ payload }: ClaimedJob | StoredJob): number {
  return FIELDS_CHARACTERS + 8_000 + payload.length;
}
