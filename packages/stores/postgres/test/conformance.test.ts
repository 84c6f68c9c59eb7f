import { completionCases, conformance, contractCases } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { openDatabase } from "./database.ts";
import { makeIn } from "./stores.ts";

const database = await openDatabase();
const checks = await conformance(await makeIn(database, "conformance", { stats: statistics }), [
  ...contractCases,
  ...completionCases,
]);

afterAll(() => database.end());

// The rest of the core over it, PGlite, postgres.js and every call sent twice: test/matrix.
describe("the Postgres store", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
