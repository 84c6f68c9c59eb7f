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

type MakeOptions = {
  readonly stats?: () => Statistics;
  /** How many connections to each file there are, of which every call goes to the next one. Default: 1. */
  readonly connections?: number;
};

/** Makes stores for the suite: a file for each; reopened, it has forgotten everything that is not in the file. */
export function makeIn(
  path: (name: string) => string,
  open: Open = byPath,
  { stats, connections = 1 }: MakeOptions = {},
): Make {
  return ({ clock }) => {
    const file = path(`jobs-${++made}.db`);
    let close: () => Promise<void> = async () => {};
    const start = (): Sqlite => {
      const all = Array.from({ length: connections }, () => {
        const { database, close: closeDatabase } = open(file);
        const options: SqliteOptions = { clock: clock.now, synchronous: "normal", stats: stats?.() };
        return { adapter: sqlite(database, options), closeDatabase };
      });
      close = async () => {
        for (const { adapter, closeDatabase } of all) {
          await adapter.close();
          closeDatabase();
        }
      };
      return inTurn(all.map(({ adapter }) => adapter));
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

/**
 * An adapter whose every call goes to the next of these. It has no `onWake`: a connection hears of another's changes at
 * some real time, and the suite moves its own. `sharing.test.ts` and `processes.test.ts` have listeners.
 */
function inTurn(adapters: readonly Sqlite[]): Sqlite {
  const [first] = adapters;
  if (first === undefined) throw new Error("no adapter");
  let calls = 0;
  return new Proxy(first, {
    get(_target, key) {
      const value: unknown = key === "onWake" && adapters.length > 1 ? undefined : Reflect.get(first, key);
      if (key === "close") return () => Promise.all(adapters.map((one) => one.close()));
      if (typeof value !== "function") return value;
      return (...input: unknown[]) => {
        const next = adapters[calls++ % adapters.length] ?? first;
        return Reflect.get(next, key)(...input);
      };
    },
  });
}
