import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { chromium } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { cases } from "../../src/index.ts";
import type { Report } from "../../src/report.ts";

const folder = mkdtempSync(join(tmpdir(), "conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** One file of plain JavaScript, as somebody who publishes it would make it. */
async function bundle(entry: URL, format: "esm" | "iife" = "esm"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    format,
    platform: "neutral",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** The suite's report from a process of a runtime. */
async function spawned(binary: string, ...args: string[]): Promise<Report> {
  const file = join(folder, "report.mjs");
  writeFileSync(file, await bundle(new URL("../runtimes/process.ts", import.meta.url)));
  const env = { PATH: process.env["PATH"], HOME: folder, DENO_NO_UPDATE_CHECK: "1" };
  const { stdout } = await promisify(execFile)(binary, [...args, file], { cwd: folder, env, maxBuffer: 1e7 });
  return JSON.parse(stdout);
}

function expectPassed({ passed, failed, skipped, lacks }: Report): void {
  expect(failed.map(({ name, error }) => `${name}: ${error}`).join("\n")).toBe("");
  expect(passed.length + skipped.length).toBe(cases.length);
  expect(lacks).toEqual([
    "it has no Carry (carry)",
    "it has no Close (close)",
    "it is a store",
    "it takes no part in transactions",
    "its delays have no limit",
    "its runs have no limit",
    "its trait durable is not true",
    "the subject cannot be reopened",
  ]);
}

test("the suite passes over memory in a process of Node", async () => {
  expectPassed(await spawned(process.execPath));
});

test("the suite passes over memory in Deno, which is given no permission", async () => {
  expectPassed(await spawned(fileURLToPath(import.meta.resolve("deno/bin.cjs")), "run", "--no-prompt", "--no-config"));
});

test("the suite passes over memory in Bun", async () => {
  expectPassed(await spawned(fileURLToPath(import.meta.resolve("bun/bin/bun.exe")), "run"));
});

test("the suite passes over memory in workerd, without its Node compatibility", async () => {
  expectPassed((await answered(new URL("../runtimes/worker.ts", import.meta.url))) as Report); // what the worker answers
});

test("workerd lets a worker be made in a request, and not while the module loads", async () => {
  expect(await answered(new URL("../runtimes/module-scope.ts", import.meta.url))).toEqual(["invalid_option", "made"]);
});

/** What a Worker answers to a request. */
async function answered(entry: URL): Promise<unknown> {
  const options = {
    modules: true,
    script: await bundle(entry),
    compatibilityDate: "2026-11-02",
    compatibilityFlags: ["no_nodejs_compat"],
  };
  const runtime = new Miniflare(convertV4MiniflareOptions(options));
  try {
    return await (await runtime.dispatchFetch("http://localhost/")).json();
  } finally {
    await runtime.dispose();
  }
}

const CHROMIUM = "/usr/bin/chromium";

test("the suite passes over memory in Chromium", async (context) => {
  if (!existsSync(CHROMIUM)) context.skip(`there is no ${CHROMIUM}: install Debian's chromium`);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  try {
    const page = await browser.newPage();
    await page.evaluate(await bundle(new URL("../runtimes/page.ts", import.meta.url), "iife"));
    expectPassed(await page.evaluate(() => (globalThis as unknown as { report(): Promise<Report> }).report())); // set by the bundle
  } finally {
    await browser.close();
  }
});

/** A browser that talks to nobody. */
const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
