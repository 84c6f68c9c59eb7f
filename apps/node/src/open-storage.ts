import { openPostgresStorage } from "./postgres-storage.ts";
import { openSqliteStorage } from "./sqlite-storage.ts";
import type { Storage } from "./storage.ts";

/** The storage of `DATABASE`: a URL of a PostgreSQL server, or the path of a file. */
export async function openStorage(database: string): Promise<Storage> {
  return /^postgres(ql)?:/.test(database) ? openPostgresStorage(database) : openSqliteStorage(database);
}
