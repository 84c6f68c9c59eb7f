import { codeOf } from "@longshore/core";
import { logTo } from "@longshore/core/adapter";
import { blocked, explained, nameOf, noStorage } from "./errors.ts";
import { createGate } from "./gate.ts";
import { createTables, TABLES, VERSION } from "./tables.ts";
import { abort, answerTo, commit } from "./transaction.ts";

export type Connection = {
  /** Does the work in one transaction; does it again if the page was frozen in its middle. */
  run<T>(mode: "readonly" | "readwrite", work: (tx: IDBTransaction) => Promise<T>): Promise<T>;
  close(): void;
};

/** Opens the database at the first call, and again if the browser has closed it. `check`: refuses to. */
export function connect(name: string, durability: IDBTransactionDurability, check: () => void): Connection {
  const running = new Set<IDBTransaction>();
  const interrupted = new WeakSet<IDBTransaction>();
  const gate = createGate(() => {
    for (const tx of running) {
      interrupted.add(tx);
      abort(tx);
    }
  });
  let database: Promise<IDBDatabase> | undefined;

  const current = (): Promise<IDBDatabase> => {
    if (database !== undefined) return database;
    const forget = (): void => {
      if (database === opening) database = undefined;
    };
    const opening = open(name, forget);
    database = opening;
    opening.catch(forget); // the caller hears of it
    return opening;
  };
  const begin = async (mode: IDBTransactionMode): Promise<IDBTransaction> => {
    check();
    const db = await current();
    await gate.opened();
    return db.transaction([...TABLES], mode, { durability: mode === "readonly" ? "default" : durability });
  };
  /** Again if the connection was closed just now: nothing has happened yet. */
  const beginOpen = (mode: IDBTransactionMode): Promise<IDBTransaction> =>
    begin(mode).catch((error: unknown) => {
      if (nameOf(error) !== "InvalidStateError") throw error;
      database = undefined;
      return begin(mode);
    });

  return {
    async run(mode, work) {
      for (;;) {
        const tx = await beginOpen(mode);
        running.add(tx);
        try {
          return await commit(tx, work);
        } catch (error) {
          if (!interrupted.has(tx)) throw explained(error, name);
        } finally {
          running.delete(tx);
        }
      }
    },
    close() {
      gate.remove();
      database?.then(
        (db) => db.close(),
        () => {},
      );
    },
  };
}

/** `lost`: called when the connection is closed by anybody else. */
async function open(name: string, lost: () => void): Promise<IDBDatabase> {
  const { indexedDB } = globalThis as { indexedDB?: IDBFactory | null }; // null in some private windows
  if (!indexedDB) throw noStorage(name);
  const db = await opened(indexedDB, name).catch((error: unknown) => {
    if (codeOf(error) !== undefined) throw error;
    const why = explained(error, name);
    throw why === error ? noStorage(name, error) : why;
  });
  // A newer version wants to open it, or somebody deletes it; until this one closes, all others would wait.
  db.addEventListener("versionchange", () => {
    db.close();
    lost();
  });
  db.addEventListener("close", () => {
    lost();
    logTo(console, "warn", `The browser has closed ${name}; if the site's data was cleared, its jobs are lost.`, {});
  });
  return db;
}

async function opened(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  const request = factory.open(name, VERSION);
  request.addEventListener("upgradeneeded", ({ oldVersion }) => {
    createTables(request.result, request.transaction as IDBTransaction, oldVersion); // not null during an upgrade
  });
  const isBlocked = new Promise<never>((_, reject) => {
    request.addEventListener("blocked", () => {
      reject(blocked(name));
      // Nobody waits for it any more.
      request.addEventListener("success", () => request.result.close());
    });
  });
  return Promise.race([answerTo(request), isBlocked]);
}
