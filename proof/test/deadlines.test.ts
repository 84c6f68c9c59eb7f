import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../guarantees/code.ts";

// On a busy machine a test may take much longer. So deadlines are long, and none is the runner's default.

const files = globSync(
  ["{packages/{*,stores/*,brokers/*},apps/*}/test/**/*.ts", "docs/test/*.ts", "proof/test/**/*.ts"],
  { cwd: root },
);
const sources = files
  .filter((path) => !path.endsWith("deadlines.test.ts"))
  .map((path): [string, string] => [path, readFileSync(root + path, "utf8")]);
const LEAST_MS = 100_000;

test("no test waits by the runner's default deadline of a second", () => {
  const waits = sources.flatMap(([path, source]) =>
    [...source.matchAll(/^( *).*\bvi\.wait(?:Until|For)\((?:.*;|[^]*?\n\1\}.*;)$/gm)].map(
      ([call]) => `${path}: ${call.trim()}`,
    ),
  );
  expect(waits.length).toBeGreaterThan(10);
  expect(waits.filter((wait) => !/timeout|soon\b/i.test(wait))).toEqual([]);
});

test("no deadline of a test is shorter than 100 s", () => {
  const short = sources.flatMap(([path, source]) =>
    [...source.matchAll(/\{[^{}\n]*\btimeout: ([\d_]+) \}(?=[,)]|;| as)|^\}, ([\d_]+)\);$/gm)]
      .filter(([found]) => !/^\{ (input|.*definition)/.test(found))
      .filter(([, option, last]) => Number((option ?? last ?? "").replaceAll("_", "")) < LEAST_MS)
      .map(([found]) => `${path}: ${found}`),
  );
  expect(short).toEqual([]);
});
