import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * A TypeScript block in a document. `ts run` blocks are executed, and must print the `text` block after them, if any.
 */
export type Example = {
  readonly document: string;
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
  readonly prints: string | undefined;
};

export const root: string = fileURLToPath(new URL("../", import.meta.url));

const BLOCK = /^```ts( run)?\n(.*?)^```\n(?:\s*^```text\n(.*?)^```\n)?/gms;

/** Every example of every document of the project, in order. */
export function examples(): Example[] {
  return documents().flatMap((document) => {
    const text = readFileSync(root + document, "utf8");
    return [...text.matchAll(BLOCK)].map(({ index, 1: run, 2: code = "", 3: prints }) => ({
      document,
      line: text.slice(0, index).split("\n").length,
      code,
      runs: run !== undefined,
      prints,
    }));
  });
}

function documents(): string[] {
  return globSync(["*.md", "docs/**/*.md", "packages/**/*.md", "{apps,examples}/*/*.md"], {
    cwd: root,
    exclude: ["**/node_modules/**"],
  }).toSorted();
}
