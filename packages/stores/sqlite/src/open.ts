import { LongshoreError } from "@longshore/core";
import type { SqliteHandle } from "./handle.ts";

/**
 * How long a statement waits for another program's lock (a backup, a `sqlite3` in a terminal), in ms. It blocks the
 * process meanwhile.
 */
const BUSY_TIMEOUT_MS = 5_000;

/** A database of the runtime's own SQLite. It is loaded only now, because not every runtime has one. */
export function openFile(path: string): SqliteHandle {
  // Node and Deno have it; nothing of Node's types is known here.
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const sqlite = process?.getBuiltinModule?.("node:sqlite") as
    | { DatabaseSync: new (path: string) => SqliteHandle }
    | undefined; // the module has this class since it exists
  if (sqlite === undefined) throw new LongshoreError("invalid_option", NO_SQLITE);
  return new sqlite.DatabaseSync(path);
}

const NO_SQLITE =
  "This runtime has no node:sqlite: use Node 22.13 or later, or pass an open database of better-sqlite3 or bun:sqlite instead of a path.";

/** The settings of a database that nobody else has opened. */
export function configure(handle: SqliteHandle, synchronous: "full" | "normal"): void {
  // First, because the change to WAL waits for other programs, too.
  handle.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  handle.exec("PRAGMA journal_mode=WAL");
  handle.exec(`PRAGMA synchronous=${synchronous}`);
}
