import { LongshoreError } from "@longshore/core";

/** How long a call waits for the locks of others, in ms. */
const PATIENCE_MS = 5_000;
/** How often it looks, in ms: libSQL does not tell of the end of a transaction. */
const EVERY_MS = 5;

/**
 * Repeats a batch of libSQL that a lock keeps out, of another process or of a transaction that the user has open on the
 * same client. Fails with `backend_timeout` when it has waited for five seconds, counted from `since`; then nothing was
 * done. Waiting like this, and not inside of SQLite, lets a transaction of this process end.
 */
export async function patiently<T>(batch: () => Promise<T>, since: number): Promise<T> {
  for (; ; await pause(EVERY_MS)) {
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

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** The second is of a client whose connections are all held by transactions, as in memory, where it has one. */
const LOCKED: readonly unknown[] = ["SQLITE_BUSY", "TRANSACTION_ACTIVE"];
const LOCKED_TOO_LONG =
  "Others have kept the libSQL database locked for five seconds: end your transactions sooner, or enqueue in them by `statements`, and give the store its own client. The call has done nothing.";
