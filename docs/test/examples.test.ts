import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";

import { type Example, examples, root } from "../examples.ts";
import { projectOf } from "../projects.ts";

const folder = `${root}docs/generated/`;
const all = examples();

const nameOf = (document: string): string => document.replaceAll("/", "_").replace(".md", "");
/** One file a block. */
const file = ({ document, line }: Example): string => `${nameOf(document)}-${line}.ts`;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const document of new Set(all.map((example) => example.document))) {
  const project = projectOf(document);
  // What belongs to a project stands in it, where its files import each other.
  for (const example of all.filter((one) => one.document === document && !/^\/\/ [\w./-]+\.ts\n/.test(one.code))) {
    writeFileSync(folder + file(example), example.code);
  }
  for (const [name, text] of project) {
    const path = `${folder}${nameOf(document)}/${name}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

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

test("no example of a Worker makes a worker while its module loads, which the runtime refuses", () => {
  const ofWorkers = all.filter(({ code }) => /from "@longshore\/(durable-objects|cloudflare-queues)"/.test(code));
  expect(ofWorkers.length).toBeGreaterThan(0);
  const atLoad = ofWorkers.filter(({ code }) => /^(export )?(const \w+ = )?createWorker\(/m.test(code));
  expect(atLoad.map(({ document, line }) => `${document}:${line}`)).toEqual([]);
});

describe("an example that runs prints what its document says", () => {
  for (const example of all.filter(({ runs }) => runs)) {
    test(`${example.document}:${example.line}`, () => {
      expect(output("node", [folder + file(example)]).trim()).toBe((example.prints ?? "").trim());
    });
  }
});
