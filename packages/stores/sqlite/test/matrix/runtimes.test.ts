import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Report, cases } from "@longshore/conformance";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { tempFolder } from "../files.ts";

const { path, remove } = tempFolder();
afterAll(remove);

/** The suite's report from a process of another runtime. */
async function reportOf(binary: string, ...args: readonly string[]): Promise<Report> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../runtimes/process.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    external: ["bun:*"],
    write: false,
  });
  const file = path("report.mjs");
  writeFileSync(file, outputFiles[0]?.text ?? "");
  const folder = path(`${args[0]}-${Math.random()}`);
  mkdirSync(folder);
  const env = { PATH: process.env["PATH"], HOME: folder, DENO_NO_UPDATE_CHECK: "1" };
  const { stdout } = await promisify(execFile)(binary, [...args, file, folder], { cwd: folder, env, maxBuffer: 1e7 });
  return JSON.parse(stdout);
}

function expectPassed({ passed, failed, skipped, lacks }: Report): void {
  expect(failed.map(({ name, error }) => `${name}: ${error}`).join("\n")).toBe("");
  expect(passed.length + skipped.length).toBe(cases.length);
  expect(lacks).toEqual([
    "it has no Carry (carry)",
    "it is a store",
    "it takes no part in transactions",
    "its delays have no limit",
    "its runs have no limit",
  ]);
}

test("the suite passes in Node 22.13, the first whose node:sqlite needs no flag", async () => {
  const folder = path("node22");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  await promisify(execFile)("npm", ["install", "--no-audit", "--no-fund", "node@22.13.1"], { cwd: folder });
  expectPassed(await reportOf(join(folder, "node_modules/.bin/node"), "--no-warnings"));
});

test("the suite passes in Bun, over its own bun:sqlite", async () => {
  expectPassed(await reportOf(fileURLToPath(import.meta.resolve("bun/bin/bun.exe")), "run"));
});

test("the suite passes in Deno, over its node:sqlite", async () => {
  const deno = fileURLToPath(import.meta.resolve("deno/bin.cjs"));
  expectPassed(await reportOf(deno, "run", "--allow-all", "--no-prompt", "--no-config"));
});
