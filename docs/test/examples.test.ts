import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { type Example, examples, root } from "../examples.ts";

const folder = `${root}docs/generated/`;
const all = examples();

/** One file a block, in a folder a document, so that blocks may import those before them in the same document. */
function file({ document, line }: Example): string {
  return `${document.replaceAll("/", "_").replace(".md", "")}-${line}.ts`;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const example of all) writeFileSync(folder + file(example), example.code);

/** Runs one of the root's own tools, node included: it is the one that runs TypeScript. */
function output(tool: "node" | "tsc", args: string[]): string {
  try {
    return execFileSync(`${root}node_modules/.bin/${tool}`, args, {
      cwd: `${root}docs`,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    // A command that fails has said why on its outputs.
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${tool} failed\n${stdout}${stderr}`, { cause: error });
  }
}

test("every example in the documents compiles", () => {
  expect(all.length).toBeGreaterThan(0);
  output("tsc", ["-p", "tsconfig.examples.json"]);
});

describe("an example that runs prints what its document says", () => {
  for (const example of all.filter(({ runs }) => runs)) {
    test(`${example.document}:${example.line}`, () => {
      expect(output("node", [folder + file(example)]).trim()).toBe((example.prints ?? "").trim());
    });
  }
});
