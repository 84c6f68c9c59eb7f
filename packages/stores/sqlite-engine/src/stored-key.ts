import type { HeldKey } from "@longshore/core/adapter";
import type { Row } from "./row.ts";

/**
 * What is stored of a unique key, in `about`: so a job without one costs nothing. `slot`: by which it is found, as the job
 * that holds the key or as the one that waits behind it; undefined once it has given the key up. For rows there is an index.
 */
export type StoredKey = { readonly unique: HeldKey; readonly slot?: string };

/** The stored key of a job; undefined for most, which is found out without parsing. */
export function keyOf(about: string): StoredKey | undefined {
  if (!about.includes('"unique":')) return undefined;
  const parsed: StoredKey | { readonly unique?: undefined } = JSON.parse(about);
  return parsed.unique && parsed;
}

export function slotOf({ about }: Pick<Row, "about">): string | undefined {
  return keyOf(about)?.slot;
}

export function withKey(row: Row, key: StoredKey): Row {
  return { ...row, about: JSON.stringify({ ...JSON.parse(row.about), slot: undefined, ...key }) };
}

export function behindOf(key: string): string {
  return `${key}\nbehind`; // no key has such a line
}
