import { Client, Pool } from "pg";
import type { Logger } from "@longshore/core";
import { type Postgres, listenWith, postgres } from "@longshore/postgres";
import { type Sqlite, sqlite } from "@longshore/sqlite";
import { LEASE_MS } from "../jobs.ts";
import type { TestedStore } from "../subject.ts";

const POSTGRES = "postgres:";

/** Opens the store at a place: an address that begins with `postgres:`, or the path of a file. */
export function openStore(place: string, log: Logger): TestedStore {
  return place.startsWith(POSTGRES) ? openPostgres(place, log) : openSqlite(place);
}

export function openPostgres(connectionString: string, log: Logger): Postgres {
  return postgres(new Pool({ connectionString, max: 5 }), {
    lease: LEASE_MS,
    listen: listenWith(() => new Client({ connectionString })),
    log,
  });
}

export function openSqlite(path: string): Sqlite {
  return sqlite(path, { lease: LEASE_MS });
}
