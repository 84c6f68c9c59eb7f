import { type SqliteHandle, sqlite } from "@longshore/sqlite";
import type { Contestant } from "../comparison.ts";
import { longshoreOver } from "../longshore.ts";

export function longshore(
  name: string,
  source: (file: string) => { database: string | SqliteHandle; close(): void },
): Contestant {
  return {
    name,
    async open(file, ran) {
      const { database, close } = source(file);
      // As durable as plainjob and bunqueue, which set the same.
      const jobs = sqlite(database, { synchronous: "normal" });
      return longshoreOver(jobs, ran, close);
    },
  };
}
