import { LongshoreError, codeOf } from "@longshore/core";
import type { SqliteHandle } from "./handle.ts";

/** How long the start waits for another connection's lock, in ms. It blocks the process meanwhile. */
const START_TIMEOUT_MS = 5_000;

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

/** Does a part of the start. What SQLite throws becomes `invalid_option`. */
export function starting<T>(source: unknown, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (codeOf(cause)) throw cause;
    const message = `SQLite cannot open ${typeof source === "string" ? source : "this handle"} (${Object(cause).message}): it must be open for writing, in a folder that exists, not locked.`;
    throw new LongshoreError("invalid_option", message, { cause });
  }
}

const NO_SQLITE =
  "This runtime has no node:sqlite: use Node 22.13 or later, or an open database of better-sqlite3 or bun:sqlite.";

/**
 * How long a call waits inside of SQLite for another connection's lock, in ms; most are over in less than one. It blocks
 * the process meanwhile, so then the call waits outside.
 */
const CALL_TIMEOUT_MS = 50;

/** The settings of a handle that nobody else uses. */
export function configure(handle: SqliteHandle, synchronous: "full" | "normal"): void {
  waitingForLocks(handle, () => switchToWal(handle));
  handle.exec(`PRAGMA busy_timeout=${CALL_TIMEOUT_MS}`);
  handle.exec(`PRAGMA synchronous=${synchronous}`);
}

/** The switch fails at once, whatever the timeout, while another connection writes: perhaps one that switches, too. */
function switchToWal(handle: SqliteHandle): void {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return void handle.exec("PRAGMA journal_mode=WAL");
    } catch (error) {
      if (performance.now() > until) throw error;
      // Waits for the other's transaction.
      handle.exec("BEGIN IMMEDIATE; COMMIT");
    }
  }
}

/** Does `work` with a timeout for other connections' locks, and then restores that of the handle. */
export function waitingForLocks<T>(handle: SqliteHandle, work: () => T): T {
  const timeout = handle.prepare("PRAGMA busy_timeout") as { get(): Record<string, number> }; // all three have it
  const [before = 0] = Object.values(timeout.get());
  handle.exec(`PRAGMA busy_timeout=${START_TIMEOUT_MS}`);
  try {
    return work();
  } finally {
    handle.exec(`PRAGMA busy_timeout=${before}`);
  }
}
