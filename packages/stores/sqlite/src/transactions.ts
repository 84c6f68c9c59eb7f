import { LongshoreError } from "@longshore/core";

/** How long calls wait for the end of a transaction on the user's handle, in ms. */
const PATIENCE_MS = 5_000;
/** How often they look, in ms: no SQLite library reports the end of a transaction. */
const EVERY_MS = 1;

/** Keeps the store's calls out of transactions that the user has open on the same handle. */
export type UserTransactions = {
  /** Runs `work` when no transaction is open. Fails with `backend_timeout` after five seconds of waiting. */
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
  const free = async (): Promise<void> => {
    const since = performance.now();
    while (isOpen()) {
      if (performance.now() - since > PATIENCE_MS) throw new LongshoreError("backend_timeout", OPEN_TOO_LONG);
      await new Promise<void>((resolve) => later(resolve));
    }
  };

  return {
    async outside(work) {
      if (isOpen()) await free();
      look();
      return work();
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

const NOT_OPEN =
  "within() enqueues in a transaction, and none is open on this handle: call db.exec('BEGIN IMMEDIATE') before, or use the store itself. Before version 22.16, Node does not tell of a transaction.";
const OPEN_TOO_LONG =
  "A transaction has been open on the store's database handle for five seconds, and jobs cannot be claimed or settled in it: commit it sooner, or give the store a handle of its own.";
