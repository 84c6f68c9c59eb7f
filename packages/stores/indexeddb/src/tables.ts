/** The object stores of a database, by what they hold. */
export const JOBS = "jobs";
export const QUEUES = "queues";
export const SCHEDULES = "schedules";
export const WORKERS = "workers";
export const META = "meta";
export const RATES = "rates";
export const FAMILIES = "families";
export const TABLES: readonly string[] = [JOBS, QUEUES, SCHEDULES, WORKERS, META, RATES, FAMILIES];

/**
 * Raised when older code could not work with what newer code writes. Browsers refuse to open an older version. 2: unique
 * keys. 3: times to begin, and pauses that end by themselves. 4: limits and
 * rates. 5: families.
 */
export const VERSION = 5;

/** Greater than every number and every text in a key: arrays come last. */
export const LAST: IDBValidKey = [];

/** Makes what a version before does not have; 0: there was none. */
export function createTables(db: IDBDatabase, upgrade: IDBTransaction, before: number): void {
  if (before < 1) {
    db.createObjectStore(JOBS, { keyPath: "id" });
    db.createObjectStore(QUEUES, { keyPath: "queue" });
    db.createObjectStore(SCHEDULES);
    db.createObjectStore(WORKERS, { keyPath: "id" }).createIndex("order", "order");
    db.createObjectStore(META);
  }
  if (before < 4) db.createObjectStore(RATES).createIndex("over", "tat");
  if (before < 5) {
    db.createObjectStore(FAMILIES);
    // A job has an entry for each of its parents.
    upgrade.objectStore(JOBS).createIndex("family", "keys.family", { multiEntry: true });
  }
  // Each index has only the rows with such a key; row.ts says which ones.
  const indexes = [
    ...(before < 1 ? ["turn", "lease", "retry", "kept", "dead"] : []),
    ...(before < 2 ? ["unique"] : []),
    ...(before < 4 ? ["lane", "numbered"] : []),
  ];
  for (const index of indexes) upgrade.objectStore(JOBS).createIndex(index, `keys.${index}`);
}

/** The range of all keys that begin with these parts, up to `last` in the next part. */
export function within(parts: readonly (string | number)[], last: IDBValidKey = LAST): IDBKeyRange {
  return IDBKeyRange.bound([...parts], [...parts, last, LAST]);
}

/** The range of all keys that begin with these parts and whose next part is greater than `first`. */
export function beyond(parts: readonly (string | number)[], first: number): IDBKeyRange {
  return IDBKeyRange.bound([...parts, first, LAST], [...parts, LAST]);
}
