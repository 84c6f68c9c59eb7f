import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

/** Keeps memory in step with the tables, even after a throw or a rollback. */
export type Atomic = {
  /** Every access to memory goes through here. Passes the current time. */
  read<T>(work: (now: number) => T): T;
  /** Does all of `work` or nothing. */
  write<T>(work: (now: number) => T): T;
};

/**
 * If `work` throws, its writes are rolled back, so memory is loaded again. A transaction around the call may also be
 * rolled back, and nobody tells us. Transactions are synchronous, so until the end of the turn, and once there, this
 * checks that our last write is still in the tables.
 */
export function atomicOver(
  database: Pick<Database, "transaction" | "beforeAccess">,
  tables: Tables,
  clock: () => number,
  load: () => void,
  changed: () => void,
): Atomic {
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
    database.beforeAccess?.();
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
    write: (work) => run(work, (all) => database.transaction(all)),
  };
}
