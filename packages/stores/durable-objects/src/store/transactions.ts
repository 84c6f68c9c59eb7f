import { LongshoreError } from "@longshore/core";
import type { ObjectStorage } from "./schema.ts";

const REFUSED =
  "Jobs cannot be part of storage.transaction(async ...): it may roll back long after they have started. Use storage.transactionSync, with a function that is not async.";

/**
 * Refuses whatever is asked within an asynchronous transaction of this storage, with `invalid_option`. Neither SQL nor
 * the platform tells of one, so that it is seen where it is begun. While it is open, nobody else's events come in.
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
      }) as never; // what the closure answers
  }
  return () => {
    if (open > 0) throw new LongshoreError("invalid_option", REFUSED);
  };
}
