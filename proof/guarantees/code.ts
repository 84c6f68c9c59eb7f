import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cases } from "@longshore/conformance";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** All files that contain test names, as one text. */
export const tests: string = globSync(
  [
    "packages/{*,stores/*,brokers/*}/test/**/*.ts",
    "packages/conformance/src/cases/**/*.ts",
    "apps/*/test/**/*.ts",
    "proof/test/*.ts",
  ],
  { cwd: root },
)
  .toSorted()
  .map((path) => readFileSync(root + path, "utf8"))
  .join("\n");

const TITLE = /"((?:[^"\\\n]|\\.)*)"/g;

/** The cases of the suite and the titles of tests that name a fault. */
export function heldBy(fault: string): readonly string[] {
  const named = cases.filter((one) => one.fault === fault).map(({ name }) => name);
  const id = new RegExp(`\\b${fault}\\b`);
  const titles = [...tests.matchAll(TITLE)].map(([, title = ""]) => title).filter((title) => id.test(title));
  // A case has its fault in a field of its own; that string is not a title.
  return [...named, ...titles.filter((title) => title !== fault)];
}
