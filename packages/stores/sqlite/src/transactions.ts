import { LongshoreError } from "@longshore/core";

/** How long calls wait for the end of a transaction on the user's handle, in ms. */
const PATIENCE_MS = 5_000;
/** How often they look, in ms: no SQLite library reports the end of a transaction. */
const EVERY_MS = 1;

/** Keeps the store's calls out of transactions that the user has open on the same handle, and of those of others. */
export type UserTransactions = {
  /**
   * Runs `work` when no transaction is open on the handle and no other connection holds the file's lock. Fails with
   * `backend_timeout` after five seconds of waiting.
   */
  outside<T>(work: () => T): Promise<T>;
  /** Runs `work` in the user's transaction. Fails with `invalid_option` if none is open. */
  inside<T>(work: () => T): T;
};

/**
 * `forget`: what is in memory may have been rolled back. `ended`: a transaction with jobs in it is over, committed or
 * not.
 */
export function userTransactions(isOpen: () => boolean, forget: () => void, ended: () => void): UserTransactions {
  /** A transaction had jobs in it, and its end has not been seen. */
  let pending = false;

  const look = (): void => {
    if (!pending || isOpen()) return;
    pending = false;
    forget();
    ended();
  };
  const watch = (): void => {
    look();
    if (pending) later(watch);
  };

  return {
    async outside(work) {
      for (let since: number | undefined; ; await new Promise<void>((resolve) => later(resolve))) {
        since ??= performance.now();
        const patient = performance.now() - since < PATIENCE_MS;
        if (isOpen()) {
          if (!patient) throw new LongshoreError("backend_timeout", OPEN_TOO_LONG);
          continue;
        }
        look();
        try {
          return work();
        } catch (error) {
          // Nothing was done. Waiting like this, and not inside of SQLite, lets a transaction of this process end.
          if (!isLocked(error)) throw error;
          if (!patient) throw new LongshoreError("backend_timeout", LOCKED_TOO_LONG, { cause: error });
        }
      }
    },
    inside(work) {
      if (!isOpen()) throw new LongshoreError("invalid_option", NOT_OPEN);
      // This may be another transaction than before, or a part of it may have been rolled back since.
      if (pending) forget();
      else later(watch);
      pending = true;
      return work();
    },
  };
}

/** A timer that keeps no process alive. */
function later(work: () => void): void {
  const timer: unknown = setTimeout(work, EVERY_MS);
  // In Node, Deno and Bun it is an object with this method.
  (timer as { unref?: () => void }).unref?.();
}

/** All three libraries pass on SQLite's own words. */
function isLocked(error: unknown): boolean {
  return error instanceof Object && "message" in error && String(error.message).includes("database is locked");
}

const LOCKED_TOO_LONG =
  "Another connection has had the database's write lock for five seconds: end its transactions sooner. The call has done nothing.";
const NOT_OPEN =
  "within() enqueues in a transaction, and none is open on this handle: call db.exec('BEGIN IMMEDIATE') before, or use the store itself. Before version 22.16, Node does not tell of a transaction.";
const OPEN_TOO_LONG =
  "A transaction has been open on the store's database handle for five seconds, and jobs cannot be claimed or settled in it: commit it sooner, or give the store a handle of its own.";
