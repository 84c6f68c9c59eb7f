import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject } from "vitest";
import type { Secret } from "../../src/templates.ts";
import { output } from "./outside.ts";

/** A project made by the packed program, as `npm create longshore` runs it. Returns its folder. */
export async function made(template: string, name: string): Promise<string> {
  const outside = inject("outside");
  const [program = ""] = readdirSync(join(outside, "packed")).filter((file) => file.startsWith("create-longshore-"));
  const args = [name, "--template", template, "--tarballs", "packed"];
  // A whole path would be a program for npx, and not a package.
  const said = await output(outside, "npx", "--yes", `./packed/${program}`, ...args);
  expect(said).toContain(`cd ${name} && npm install && npm test`);
  return join(outside, name);
}

export const INSTALL = ["install", "--no-audit", "--no-fund", "--prefer-offline"] as const;
export const PASSED = /Tests +[1-9]\d* passed \(/;

/** Any free port, since others use the usual one. */
export const ANY_PORT = ["--", "--port=0", "--inspector-port=0"] as const;

/** What its file of secrets has under that name. */
export function secretIn(folder: string, file: string, name: Secret): string {
  const [, value = ""] = new RegExp(`^${name}=(.+)$`, "m").exec(readFileSync(join(folder, file), "utf8")) ?? [];
  return value;
}

/** Changes a file of a project, as somebody does in an editor. Returns what undoes it. */
export function edit(folder: string, file: string, change: (text: string) => string): () => void {
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`Nothing changed in ${path}:\n${before}`);
  writeFileSync(path, after);
  return () => writeFileSync(path, before);
}

/** Lets the template's handler throw, in the way that its comment shows. Returns what mends it. */
export function breakHandler(folder: string): () => void {
  return edit(folder, "src/handlers.ts", (text) => text.replace("// throw new Error", "throw new Error"));
}
