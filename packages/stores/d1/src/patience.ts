import { LongshoreError } from "@longshore/core";

/** How long a call waits for the transactions of others, in ms. */
const PATIENCE_MS = 5_000;
/** How often it looks, in ms: libSQL does not tell of the end of a transaction. */
const EVERY_MS = 5;

/**
 * Repeats a batch of libSQL that a transaction keeps out, one of another process or one that the user has open on the same
 * client. Fails with `backend_timeout` after five seconds; then nothing was done. Waiting like this, and not inside of
 * SQLite, lets a transaction of this process end.
 */
export async function patiently<T>(batch: () => Promise<T>): Promise<T> {
  for (const since = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, EVERY_MS))) {
    try {
      return await batch();
    } catch (error) {
      // What such a batch has done is rolled back.
      if (!LOCKED.includes(Object(error).code)) throw error;
      if (performance.now() - since >= PATIENCE_MS) {
        throw new LongshoreError("backend_timeout", LOCKED_TOO_LONG, { cause: error });
      }
    }
  }
}

/** The second is of a client whose connections are all held by transactions, as in memory, where it has one. */
const LOCKED: readonly unknown[] = ["SQLITE_BUSY", "TRANSACTION_ACTIVE"];
const LOCKED_TOO_LONG =
  "A transaction on the libSQL database has kept this call out for five seconds: end it sooner, or enqueue in it by `statements`. The call has done nothing.";
