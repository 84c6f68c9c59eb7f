import { conformance } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { byPath, makeIn, tempFolder } from "./files.ts";

const { path, remove } = tempFolder();
const checks = await conformance(makeIn(path, byPath, { stats: statistics }));

afterAll(remove);

// Other libraries, and every call sent twice: test/matrix.
describe("the SQLite store over node:sqlite", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
