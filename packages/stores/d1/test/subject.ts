import type { Make } from "@longshore/conformance";
import { type D1, type D1Binding, type LibsqlClient, d1 } from "../src/index.ts";

const TABLES = ["jobs", "paused", "schedules", "workers"];

/** An empty store for every case, all in one database; reopened, it is another adapter over the same tables. */
export function storesIn(database: D1Binding | LibsqlClient, run: (sql: string) => Promise<unknown>): Make {
  return async ({ clock }) => {
    // Either of the two; the overloads take them one by one.
    const open = (): D1 => d1(database as D1Binding, { clock: clock.now });
    const adapter = open();
    await adapter.migrate();
    for (const table of TABLES) await run(`DELETE FROM longshore_${table}`);
    await run("DELETE FROM longshore_meta WHERE key LIKE '%:%'");
    return { adapter, reopen: open };
  };
}
