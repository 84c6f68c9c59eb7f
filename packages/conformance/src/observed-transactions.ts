import { AssertionError } from "./expect.ts";
import type { Subject, Transacted } from "./subject.ts";

/** Counts what is under way in a subject's transactions: their calls, their beginnings and ends, not what else is done. */
export function observeTransactions(subject: Subject): {
  transact(work: Transacted): Promise<void>;
  inFlight(): number;
} {
  let inFlight = 0;
  const during = async <T>(call: () => Promise<T>): Promise<T> => {
    inFlight++;
    try {
      return await call();
    } finally {
      inFlight--;
    }
  };
  return {
    inFlight: () => inFlight,
    async transact(work) {
      const { transact } = subject;
      if (transact === undefined) throw new AssertionError("the subject has no transactions");
      await during(() =>
        transact(async ({ enqueue, complete, ...within }) => {
          inFlight--;
          try {
            await work({
              ...within,
              enqueue: (jobs) => during(() => enqueue(jobs)),
              complete: (context, result) => during(() => complete(context, result)),
            });
          } finally {
            inFlight++;
          }
        }),
      );
    },
  };
}
