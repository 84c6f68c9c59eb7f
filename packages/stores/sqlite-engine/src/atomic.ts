import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

/** Keeps memory in step with the tables, even after a throw or a rollback, and beside other connections. */
export type Atomic = {
  /** Every access to memory goes through here. Passes the current time. */
  read<T>(work: (now: number) => T): T;
  /** Does all of `work` or nothing. */
  write<T>(work: (now: number) => T): T;
  /**
   * Does all of `work` or nothing. Every `write` in it is a part of this transaction, so that what they change in memory is
   * saved once. A throw of one takes back all.
   */
  group<T>(work: () => T): T;
  /** Whether memory must be loaded again. */
  isStale(): boolean;
  /** Memory is loaded again at the next access: a transaction around earlier calls may have been rolled back. */
  forget(): void;
};

/** What is kept in memory. Both are called inside of the transaction of a call. */
type Memory = {
  load(): void;
  /** Writes what is not in the tables yet. Called at the end of every transaction that writes. */
  save(): void;
};

/**
 * If `work` throws, its writes are rolled back, so memory is loaded again; and so it is if another connection has
 * changed the database. A transaction around the call may also be rolled back. In a Durable Object nobody tells us, but
 * transactions are synchronous: so until the end of the turn, and once there, this checks that our last write is still
 * in the tables. Over a handle, `forget` is called.
 */
export function atomicOver(
  database: Pick<Database, "transaction" | "beforeAccess" | "shared">,
  tables: Tables,
  clock: () => number,
  memory: Memory,
  changed: () => void,
): Atomic {
  const { shared } = database;
  let stale = true;
  let watching = false;
  let rolledBack = false;
  let seen: number | undefined;
  let grouped = false;

  const look = (): void => {
    rolledBack ||= !tables.lastWriteStands();
    stale ||= rolledBack;
  };
  const watch = (): void => {
    if (watching || shared !== undefined) return;
    watching = true;
    queueMicrotask(() => {
      look();
      watching = rolledBack = false;
      tables.lastWrite = undefined;
    });
  };
  const fresh = (): void => {
    const version = shared?.version();
    if (watching) look();
    if (!stale && version === seen) return;
    memory.load();
    stale = false;
    seen = version;
  };

  const run = <T>(work: (now: number) => T, transact: (all: () => T) => T): T => {
    database.beforeAccess?.();
    const before = tables.lastWrite;
    let loaded = before;
    try {
      const answer = transact(() => {
        fresh();
        loaded = tables.lastWrite;
        return work(clock());
      });
      if (tables.lastWrite !== loaded) {
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
  const saving =
    <T>(work: (now: number) => T) =>
    (now: number): T => {
      const answer = work(now);
      memory.save();
      return answer;
    };

  const write = <T>(work: (now: number) => T): T => {
    if (grouped) return work(clock());
    return run(saving(work), (all) => database.transaction(all));
  };

  return {
    read: (work) => run(work, shared?.snapshot ?? ((all) => all())),
    write,
    group(work) {
      try {
        return write(() => {
          grouped = true;
          return work();
        });
      } finally {
        grouped = false;
      }
    },
    isStale: () => stale,
    forget() {
      stale = true;
    },
  };
}
