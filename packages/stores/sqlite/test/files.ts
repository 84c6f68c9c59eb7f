import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Make } from "@longshore/conformance";
import type { Statistics } from "@longshore/core/stats";
import { type Sqlite, type SqliteHandle, type SqliteOptions, sqlite } from "../src/index.ts";

/** A new folder for each file of tests, and the function that removes it. */
export function tempFolder(): { path(name: string): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "longshore-sqlite-"));
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true }) };
}

/** Opens what `sqlite` is given for a path, and says how to close it. */
export type Open = (path: string) => { readonly database: string | SqliteHandle; close(): void };

export const byPath: Open = (path) => ({ database: path, close: () => {} });

let made = 0;

/** Makes stores for the suite: a file for each; reopened, it has forgotten everything that is not in the file. */
export function makeIn(
  path: (name: string) => string,
  open: Open = byPath,
  options: { readonly stats?: () => Statistics } = {},
): Make {
  return ({ clock }) => {
    const file = path(`jobs-${++made}.db`);
    let close: () => Promise<void> = async () => {};
    const start = (): Sqlite => {
      const { database, close: closeDatabase } = open(file);
      const all: SqliteOptions = { clock: clock.now, synchronous: "normal", stats: options.stats?.() };
      const adapter = sqlite(database, all);
      close = async () => {
        await adapter.close();
        closeDatabase();
      };
      return adapter;
    };
    return {
      adapter: start(),
      async reopen() {
        await close();
        return start();
      },
      dispose: () => close(),
    };
  };
}
