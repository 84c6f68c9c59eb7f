import { PGlite } from "@electric-sql/pglite";
import {
  checkAgainstModel,
  completionCases,
  conformance,
  contractCases,
  everyCallTwice,
  pipelineCases,
} from "@longshore/conformance";
import { newJob } from "@longshore/conformance/tools";
import { statistics } from "@longshore/core/stats";
import postgresjs from "postgres";
import { afterAll, describe, inject, test } from "vitest";
import { type Listen, type PostgresClient, postgres } from "../../src/index.ts";
import { openDatabase, openPglite, openPostgresjs } from "../database.ts";
import { makeIn } from "../stores.ts";

const seed = Date.now() % 1e6;

const url = inject("postgres");
const databases = {
  ...(url !== undefined && { pg: await openDatabase(), "postgres.js": openPostgresjs(url) }),
  PGlite: await openPglite(),
};

for (const [name, database] of Object.entries(databases)) {
  describe(name, async () => {
    afterAll(() => database.end());
    const make = await makeIn(database, "clients", { stats: statistics });

    // The tests have asked pg the others.
    const cases = name === "pg" ? pipelineCases : [...contractCases, ...completionCases];
    for (const { name: of, skip, run } of await conformance(make, cases)) {
      test(of, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
    for (let n = 0; n < 4; n++) {
      test(`a random history answers as the model does (seed ${seed + n})`, () =>
        // One that fails is tried again for seconds, not for minutes.
        checkAgainstModel(make, { seed: seed + n, operations: 500, shrinks: 100 }));
    }
  });
}

describe("every call sent twice", async () => {
  const database = await openDatabase();
  afterAll(() => database.end());
  const make = everyCallTwice(await makeIn(database, "twice"));
  for (const { name, skip, run } of await conformance(make, contractCases)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});

describe("listening", () => {
  const hears = async (client: PostgresClient, listen: Listen): Promise<void> => {
    const others = postgres(client, { schema: "listened" });
    await others.migrate();
    let ring = (): void => {};
    const heard = (): Promise<void> => new Promise((resolve) => (ring = resolve));
    let listening = (): void => {};
    const ready = new Promise<void>((resolve) => (listening = resolve));
    const jobs = postgres(client, {
      schema: "listened",
      listen: async (channel, wake) => {
        const stop = await listen(channel, wake);
        listening();
        return stop;
      },
    });
    const stop = jobs.onWake(() => ring());
    await ready;
    const woken = heard();
    await others.enqueue([newJob(`job-${Date.now()}`)]);
    await woken;
    stop();
    await jobs.close();
  };

  test.skipIf(url === undefined)("hears of other processes with postgres.js", async () => {
    const sql = postgresjs(url ?? "", { max: 2, onnotice: () => {} });
    await hears(sql, (channel, heard) => sql.listen(channel, heard));
    await sql.end();
  });

  test("hears of other stores with PGlite", async () => {
    const db = await PGlite.create();
    await hears(db, (channel, heard) => db.listen(channel, heard));
    await db.close();
  });
});
