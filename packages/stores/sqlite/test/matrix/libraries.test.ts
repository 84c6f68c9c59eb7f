import { checkAgainstModel, conformance, everyCallTwice } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import Better from "better-sqlite3";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, test } from "vitest";
import { type Open, byPath, makeIn, tempFolder } from "../files.ts";

const seed = Date.now() % 1e6;
const { path, remove } = tempFolder();
afterAll(remove);

const handles: Readonly<Record<string, Open>> = {
  "better-sqlite3": (file) => {
    // As an app may have it whose own ids need 64 bits.
    const database = new Better(file).defaultSafeIntegers(true);
    return { database, close: () => void database.close() };
  },
  "a handle of node:sqlite": (file) => {
    const database = new DatabaseSync(file);
    return { database, close: () => database.close() };
  },
};

for (const [name, open] of Object.entries(handles)) {
  describe(name, async () => {
    const make = makeIn(path, open, { stats: statistics });
    for (const { name: of, skip, run } of await conformance(make)) {
      test(of, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
    for (let n = 0; n < 4; n++) {
      test(`a random history answers as the model does (seed ${seed + n})`, () =>
        checkAgainstModel(makeIn(path, open), { seed: seed + n, operations: 500 }));
    }
  });
}

describe("every call sent twice", async () => {
  for (const { name, skip, run } of await conformance(everyCallTwice(makeIn(path, byPath)))) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
