import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { checkAgainstModel, conformance } from "@longshore/conformance";
import { afterAll, describe, test } from "vitest";
import { storesIn } from "../subject.ts";

/** Other ones each time; a failure names it. */
const seed = Date.now() % 1e6;

const folder = mkdtempSync(join(tmpdir(), "longshore-libsql-"));
const client = createClient({ url: `file:${join(folder, "jobs.db")}` });
const make = storesIn(client, (sql) => client.execute(sql));

afterAll(() => {
  client.close();
  rmSync(folder, { recursive: true });
});

describe("the store over libSQL, in a file", async () => {
  for (const { name, skip, run } of await conformance(make)) test(name, { skip: skip !== undefined }, run);
  for (let n = 0; n < 4; n++) {
    test(`a random history answers as the model does, other adapters included (seed ${seed + n})`, () =>
      checkAgainstModel(make, { seed: seed + n, operations: 500 }));
  }
});
