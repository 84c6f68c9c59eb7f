import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { root } from "../examples.ts";
import { projectOf } from "../projects.ts";

// `pnpm matrix` installs what the README shows as a stranger would, and runs it on wrangler dev.
test("the README shows the Worker of examples/minimal-worker, and all of it", () => {
  const folder = `${root}examples/minimal-worker/`;
  const paths = globSync(["src/*", "*.jsonc"], { cwd: folder });
  const shown = Object.fromEntries(paths.map((file) => [file, readFileSync(folder + file, "utf8")]));
  const files = new Map(projectOf("README.md"));
  // The example's own is this repository's.
  expect(files.delete("tsconfig.json")).toBe(true);
  expect(Object.fromEntries(files)).toEqual(shown);
});
