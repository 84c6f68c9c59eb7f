import { conformance } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { afterAll, describe, test } from "vitest";
import { byPath, makeIn, tempFolder } from "./files.ts";

const { path, remove } = tempFolder();
const checks = {
  "over node:sqlite": await conformance(makeIn(path, byPath, { stats: statistics })),
  "with two connections, of which every call goes to the other": await conformance(
    makeIn(path, byPath, { stats: statistics, connections: 2 }),
  ),
};

afterAll(remove);

// Other libraries, and every call sent twice: test/matrix.
for (const [how, all] of Object.entries(checks)) {
  describe(`the SQLite store ${how}`, () => {
    for (const { name, skip, run } of all) {
      test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
  });
}
