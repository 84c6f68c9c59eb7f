import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../examples.ts";

test("the README's table of adapters is the one that `node docs/table.ts --write` puts there", () => {
  const table = execFileSync(`${root}node_modules/.bin/node`, ["docs/table.ts"], { cwd: root, encoding: "utf8" });
  expect(readFileSync(`${root}README.md`, "utf8")).toContain(`-->\n\n${table}\n<!-- /adapters -->`);
});
