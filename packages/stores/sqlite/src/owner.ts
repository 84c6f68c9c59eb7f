import { LongshoreError } from "@longshore/core";
import type { SqliteHandle } from "./handle.ts";

/**
 * Makes this store the only one on a file, until the returned function is called or the process ends, however it ends:
 * the operating system holds the lock. It is on an empty file beside the database, so that other programs can still
 * read and back up the database. Fails with `store_in_use`.
 */
export function own(file: string, open: (path: string) => SqliteHandle): () => void {
  const lock = open(`${file}-owner`);
  try {
    // Whoever is refused is told so at once.
    lock.exec("PRAGMA busy_timeout=0");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isLocked(error)) throw error;
    throw new LongshoreError("store_in_use", IN_USE(file), { cause: error });
  }
  return () => void lock.close();
}

/** All three libraries pass on SQLite's own words. */
function isLocked(error: unknown): boolean {
  return error instanceof Object && "message" in error && String(error.message).includes("locked");
}

const IN_USE = (file: string): string =>
  `Another process, or another store of this one, has its jobs in ${file}. Only one may: end or close it first, or give each a file of its own.`;
