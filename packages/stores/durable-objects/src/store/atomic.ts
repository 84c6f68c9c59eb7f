import type { ObjectStorage } from "./schema.ts";
import type { Tables } from "./tables.ts";
import { refuseAsyncTransactions } from "./transactions.ts";

/** Keeps what is in memory in step with what is stored, whatever is thrown or rolled back. */
export type Atomic = {
  /** Everything that looks into memory goes through here. Hands over the clock's now. */
  read<T>(work: (now: number) => T): T;
  /** All of `work` or nothing. */
  write<T>(work: (now: number) => T): T;
};

/**
 * A throw inside of `work` rolls back its tables, so memory is read again. A transaction around the call, of which
 * nobody tells us, may be rolled back too, together with what we wrote: so for the rest of the turn (transactions are
 * synchronous) and once at its end we look whether our last write still stands.
 */
export function atomicOver(
  storage: ObjectStorage,
  tables: Tables,
  clock: () => number,
  load: () => void,
  changed: () => void,
): Atomic {
  const refuse = refuseAsyncTransactions(storage);
  let stale = true;
  let watching = false;
  let rolledBack = false;

  const look = (): void => {
    rolledBack ||= !tables.lastWriteStands();
    stale ||= rolledBack;
  };
  const watch = (): void => {
    if (watching) return;
    watching = true;
    queueMicrotask(() => {
      look();
      watching = rolledBack = false;
      tables.lastWrite = undefined;
    });
  };
  const fresh = (): void => {
    if (watching) look();
    if (!stale) return;
    load();
    stale = false;
  };

  const run = <T>(work: (now: number) => T, transact: (all: () => T) => T): T => {
    refuse();
    fresh();
    const before = tables.lastWrite;
    try {
      const answer = transact(() => work(clock()));
      if (tables.lastWrite !== before) {
        watch();
        changed();
      }
      return answer;
    } catch (error) {
      tables.lastWrite = before;
      stale = true;
      throw error;
    }
  };

  return {
    read: (work) => run(work, (all) => all()),
    write: (work) => run(work, (all) => storage.transactionSync(all)),
  };
}
