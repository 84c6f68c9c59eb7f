import { readFileSync } from "node:fs";
import { root } from "./examples.ts";

const FILE = /^```\w+[^\n]*\n\/\/ ([\w./-]+\.\w+)\n(.*?)^```/gms;

/** The project that a document shows: what it names, and what stands in it. A block is a file where its first line is its name. */
export function projectOf(document: string): ReadonlyMap<string, string> {
  const files = [...readFileSync(root + document, "utf8").matchAll(FILE)];
  return new Map(files.map(([, name = "", text = ""]) => [name, text]));
}
