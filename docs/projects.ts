import { readFileSync } from "node:fs";
import { root } from "./examples.ts";

const FILE = /^```\w+[^\n]*\n\/\/ ([\w./-]+\.\w+)\n(.*?)^```/gms;

/** Pages that go on with the project of another one. */
const BASES: Readonly<Record<string, string>> = { "docs/testing.md": "README.md" };

/** The project that a document shows, by the paths of its files. A block is a file where its first line is a path. */
export function projectOf(document: string): ReadonlyMap<string, string> {
  const base = BASES[document];
  const files = [...readFileSync(root + document, "utf8").matchAll(FILE)];
  return new Map([
    ...(base === undefined ? [] : projectOf(base)),
    ...files.map(([, name = "", text = ""]) => [name, text] as const),
  ]);
}
