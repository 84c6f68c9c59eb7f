import { readFileSync } from "node:fs";
import { root } from "./examples.ts";

const FILE = /^```\w+[^\n]*\n\/\/ ([\w./-]+\.\w+)\n(.*?)^```/gms;

/** Pages that continue another page's project. */
const BASES: Readonly<Record<string, string>> = { "docs/testing.md": "README.md" };

/** The files of a document's project, by path. A block is a file if its first line is a path. */
export function projectOf(document: string): ReadonlyMap<string, string> {
  const base = BASES[document];
  const files = [...readFileSync(root + document, "utf8").matchAll(FILE)];
  return new Map([
    ...(base === undefined ? [] : projectOf(base)),
    ...files.map(([, name = "", text = ""]) => [name, text] as const),
  ]);
}
