import { completionCases, conformance, contractCases } from "@longshore/conformance";
import { afterAll, describe, inject, test } from "vitest";
import { openPostgresjs } from "../database.ts";
import { openPool } from "../pool.ts";
import { makeIn } from "../stores.ts";
import { type Pooler, startPooler } from "../pgbouncer.ts";

const url = inject("postgres");
const pooler: Pooler | undefined = url === undefined ? undefined : await startPooler(url);
const databases = pooler && { pg: openPool(pooler.url), "postgres.js": openPostgresjs(pooler.url, false) };
afterAll(() => pooler?.stop());

// Every statement may be on another connection of the server.
describe.skipIf(databases === undefined).each(Object.entries(databases ?? {}))(
  "behind a PgBouncer that pools transactions, %s",
  async (_name, database) => {
    afterAll(() => database.end());
    const make = await makeIn(database, "pooled");
    for (const { name, skip, run } of await conformance(make, [...contractCases, ...completionCases])) {
      test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
  },
);
