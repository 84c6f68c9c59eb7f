import { LongshoreError } from "@longshore/core";
import type { ObjectStorage } from "./storage.ts";

const REFUSED =
  "Jobs cannot be part of storage.transaction(async ...): it may roll back long after they have started. Use storage.transactionSync, with a function that is not async.";

/**
 * Makes calls during an asynchronous transaction of this storage fail with `invalid_option`. Neither SQL nor the
 * platform reports such a transaction, so this notices its beginning. While it is open, no other events come in.
 */
export function refuseAsyncTransactions(
  storage: ObjectStorage & Partial<Pick<DurableObjectStorage, "transaction">>,
): () => void {
  const { transaction } = storage;
  let open = 0;
  if (transaction !== undefined) {
    storage.transaction = (closure) =>
      transaction.call(storage, async (transacted) => {
        open++;
        try {
          return await closure(transacted);
        } finally {
          open--;
        }
      }) as never; // the closure's answer
  }
  return () => {
    if (open > 0) throw new LongshoreError("invalid_option", REFUSED);
  };
}
