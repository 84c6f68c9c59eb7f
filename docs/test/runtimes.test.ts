import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../examples.ts";
import { RUNTIMES, adapters, table } from "../runtimes.ts";

test("the table of runtimes is the one that `node docs/runtimes.ts --write` puts there", () => {
  expect(readFileSync(`${root}docs/runtimes.md`, "utf8")).toContain(`-->\n\n${table}\n\n<!-- /runtimes -->`);
});

const cells = Object.entries(adapters).flatMap(([folder, cells]) =>
  Object.entries(cells).map(([runtime, tested]) => ({ folder, runtime, ...tested })),
);

test("each row is a package, and each cell a runtime that there is", () => {
  expect(Object.keys(adapters).filter((folder) => !existsSync(`${root}packages/${folder}/README.md`))).toEqual([]);
  expect(cells.map(({ runtime }) => runtime).filter((one) => !RUNTIMES.some((known) => known === one))).toEqual([]);
});

test.each(cells)("$folder is tested in $runtime by a test that there is", ({ file, text }) => {
  expect(existsSync(root + file)).toBe(true);
  expect(readFileSync(root + file, "utf8")).toContain(text);
});

test("the matrix has a step for the Nodes that only it runs", () => {
  const steps = readFileSync(`${root}matrix/steps.ts`, "utf8");
  expect(steps).toContain(
    "([20, 22] as const).map((version) => ({\n    name: `suites: memory and http on Node ${version}`",
  );
});
