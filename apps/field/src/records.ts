/*
 * The page's own database: photos until they are at the server and then their small copy, which the list shows; and what
 * the user signed in with. Jobs carry only the keys.
 */
type Table = "photos" | "settings";

let opening: Promise<IDBDatabase> | undefined;

function answerTo<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("field-records", 1);
  request.addEventListener("upgradeneeded", () => {
    for (const table of ["photos", "settings"] satisfies Table[]) request.result.createObjectStore(table);
  });
  return answerTo(request);
}

async function store(table: Table, mode: IDBTransactionMode): Promise<IDBObjectStore> {
  opening ??= open();
  return (await opening).transaction(table, mode, { durability: "strict" }).objectStore(table);
}

export async function read<T>(table: Table, key: string): Promise<T | undefined> {
  return answerTo<T | undefined>((await store(table, "readonly")).get(key));
}

/** Resolves when it is on disk. */
export function write(table: Table, key: string, value: unknown): Promise<void> {
  return change(table, (records) => records.put(value, key));
}

export function remove(table: Table, key: string): Promise<void> {
  return change(table, (records) => records.delete(key));
}

async function change(table: Table, by: (records: IDBObjectStore) => unknown): Promise<void> {
  const records = await store(table, "readwrite");
  const { transaction } = records;
  by(records);
  await new Promise<void>((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => {
      reject(transaction.error ?? new Error("The browser did not keep it."));
    });
  });
}
