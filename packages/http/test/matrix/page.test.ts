import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Report, contractCases } from "@longshore/conformance";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { openStores } from "../runtimes/stores.ts";

const CHROMIUM = "/usr/bin/chromium";

// In Firefox: matrix/firefox.ts.
test("the suite passes over the fetch of a page in Chromium", async (context) => {
  if (!existsSync(CHROMIUM)) context.skip(`there is no ${CHROMIUM}: install Debian's chromium`);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../page/suite.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const stores = await openStores();
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${stores.url}/page`);
    await page.evaluate(outputFiles[0]?.text ?? "");
    const { passed, failed, skipped, lacks } = await page.evaluate<Report>(`runSuite("${stores.url}")`);
    expect(failed.map(({ name, error }) => `${name}: ${error}`).join("\n")).toBe("");
    expect(passed.length + skipped.length).toBe(contractCases.length);
    // What the memory store lacks: everything else crosses.
    expect(lacks).toEqual([
      "it has no Carry (carry)",
      "it has no Close (close)",
      "it is a store",
      "its delays have no limit",
      "its trait durable is not true",
      "the subject cannot be reopened",
    ]);
  } finally {
    await browser.close();
    stores.close();
  }
});
