import { checkAgainstModel, conformance, everyCallTwice } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import postgresjs from "postgres";
import { afterAll, describe, inject, test } from "vitest";
import { type Database, makeIn, openDatabase, openPglite } from "../database.ts";

const seed = Date.now() % 1e6;

function openPostgresjs(url: string): Database {
  const sql = postgresjs(url, { max: 8, onnotice: () => {} });
  return { client: sql, query: (text) => sql.unsafe(text), end: () => sql.end() };
}

const url = inject("postgres");
const databases = {
  ...(url !== undefined && { pg: await openDatabase(), "postgres.js": openPostgresjs(url) }),
  PGlite: await openPglite(),
};

for (const [name, database] of Object.entries(databases)) {
  describe(name, async () => {
    afterAll(() => database.end());
    const make = await makeIn(database, "clients", { stats: statistics });

    for (const { name: of, skip, run } of await conformance(make)) {
      test(of, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
    for (let n = 0; n < 4; n++) {
      test(`a random history answers as the model does (seed ${seed + n})`, () =>
        checkAgainstModel(make, { seed: seed + n, operations: 500 }));
    }
  });
}

describe("every call sent twice", async () => {
  const database = await openDatabase();
  afterAll(() => database.end());
  const make = everyCallTwice(await makeIn(database, "twice"));
  for (const { name, skip, run } of await conformance(make)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
